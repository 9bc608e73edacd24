import { describe, expect, test } from "vitest";
import type { HttpPage, PagesRequest } from "../../../src/connector/http/http-client.ts";
import { findLink } from "../../../src/connector/http/pagination/link-header.ts";
import { paginators } from "../../../src/connector/http/pagination/paginators.ts";
import { type SeenRequest, startHttpServer, type TestAnswer } from "../../harness/http-server.ts";
import { type BenchOptions, startClient } from "./client-bench.ts";

const IDS = Array.from({ length: 25 }, (_, index) => index + 1);
const records = (ids: readonly number[]) => ids.map((id) => ({ id, name: `row ${id}` }));

/** Reads all pages of a server and gives the ids that came, the queries that were sent, and the pages. */
async function read(
  answer: (request: SeenRequest, url: string) => TestAnswer,
  pages: PagesRequest,
  options: BenchOptions = {},
) {
  let url = "";
  await using server = await startHttpServer((request) => answer(request, url));
  url = server.url;
  await using bench = startClient({ baseUrl: server.url, ...options });
  const got: HttpPage[] = [];
  for await (const page of bench.client.paginate("/items", pages)) got.push(page);
  const ids = got.flatMap((page) => page.records.map((record) => (record as { id: number }).id));
  return { ids, asked: server.requests.map(({ query }) => String(query)), pages: got, server, events: bench.events };
}

describe("pages are followed", () => {
  test("by number, until one is not full", async () => {
    const paginator = paginators.pageNumber({ sizeParam: "per_page", size: 10 });
    const { ids, asked, events } = await read(
      ({ query }) => {
        const page = Number(query.get("page"));
        return { json: records(IDS.slice((page - 1) * 10, page * 10)) };
      },
      { paginator, params: { state: "all" } },
    );
    expect(ids).toEqual(IDS);
    expect(asked).toEqual([1, 2, 3].map((page) => `state=all&page=${page}&per_page=10`));
    expect(
      events.filter(({ kind }) => kind === "http.request.ok").map(({ data }) => "items" in data && data.items),
    ).toEqual([10, 10, 5]);
  });

  test("by number, from 0, up to the count that the answer has", async () => {
    const paginator = paginators.pageNumber({ param: "p", first: 0, totalPages: "meta.pages" });
    const { ids, asked } = await read(
      ({ query }) => {
        const page = Number(query.get("p"));
        return { json: { meta: { pages: 5 }, data: records(IDS.slice(page * 5, page * 5 + 5)) } };
      },
      { paginator, records: "/data" },
    );
    expect(ids).toEqual(IDS);
    expect(asked).toHaveLength(5);
  });

  test("by offset, behind the records that came, though the server gives fewer than asked", async () => {
    const paginator = paginators.offset({ param: "startAt", limitParam: "maxResults", limit: 100, total: "total" });
    const { ids, asked } = await read(
      ({ query }) => {
        const start = Number(query.get("startAt"));
        return { json: { total: 25, values: records(IDS.slice(start, start + 10)) } };
      },
      { paginator, records: "values" },
    );
    expect(ids).toEqual(IDS);
    expect(asked.at(-1)).toBe("startAt=20&maxResults=100");
  });

  test("by offset counted from one, to the answer's own count", async () => {
    const paginator = paginators.offset({ limit: 10, first: 1, total: "total" });
    const { ids, asked } = await read(
      ({ query }) => {
        const start = Number(query.get("offset")) - 1;
        return { json: { total: 25, values: records(IDS.slice(start, start + 10)) } };
      },
      { paginator, records: "values" },
    );
    expect(ids).toEqual(IDS);
    expect(asked.at(-1)).toBe("offset=21&limit=10");
  });

  test("by offset in a JSON body", async () => {
    const paginator = paginators.offset({ param: "page.offset", limitParam: "page.limit", limit: 10, in: "body" });
    const { ids, server } = await read(
      ({ body }) => {
        const { page } = JSON.parse(body) as { page: { offset: number; limit: number } };
        return { json: records(IDS.slice(page.offset, page.offset + page.limit)) };
      },
      { paginator, method: "POST", json: { filter: "x", page: { sort: "id" } } },
    );
    expect(ids).toEqual(IDS);
    expect(JSON.parse(server.requests[1]?.body ?? "")).toEqual({
      filter: "x",
      page: { sort: "id", offset: 10, limit: 10 },
    });
  });

  const byCursor =
    (next: (after: number) => Partial<TestAnswer>) =>
    ({ query }: SeenRequest) => {
      const start = Number(query.get("after") ?? 0);
      const json = { data: records(IDS.slice(start, start + 10)) };
      const { json: more = {}, headers = {} } = start + 10 < IDS.length ? next(start + 10) : {};
      return { json: { ...json, ...(more as object) }, headers };
    };

  test("by a cursor in the body", async () => {
    const paginator = paginators.cursor({ param: "after", path: "paging.next.after" });
    const answer = byCursor((after) => ({ json: { paging: { next: { after: String(after) } } } }));
    const { ids, asked } = await read(answer, { paginator, records: "data" });
    expect(ids).toEqual(IDS);
    expect(asked).toEqual(["", "after=10", "after=20"]);
  });

  test("by a cursor in a header", async () => {
    const paginator = paginators.cursor({ param: "after", header: "X-Next" });
    const { ids } = await read(
      byCursor((after) => ({ headers: { "x-next": String(after) } })),
      { paginator, records: "data" },
    );
    expect(ids).toEqual(IDS);
  });

  test("by the last record, while the answer says that there are more", async () => {
    const paginator = paginators.cursor({ param: "after", lastRecord: "id", more: "has_more" });
    const { ids, asked } = await read(
      byCursor(() => ({ json: { has_more: true } })),
      { paginator, records: "data" },
    );
    expect(ids).toEqual(IDS);
    expect(asked).toEqual(["", "after=10", "after=20"]);
  });

  test("by a cursor whose digits a double cannot hold", async () => {
    const paginator = paginators.cursor({ param: "after", path: "next" });
    const { asked } = await read(
      ({ query }) => {
        const first = query.get("after") === null;
        return { body: first ? '{"next":12345678901234567890,"data":[{"id":1}]}' : '{"data":[{"id":2}]}' };
      },
      { paginator, records: "data" },
    );
    expect(asked).toEqual(["", "after=12345678901234567890"]);
  });

  test("by a cursor that stays the same, where the source remembers", async () => {
    let at = 0;
    const paginator = paginators.cursor({ param: "scroll", path: "scroll", constant: true });
    const { ids } = await read(
      () => {
        const json = { scroll: "s-1", data: records(IDS.slice(at, at + 10)) };
        at += 10;
        return { json };
      },
      { paginator, records: "data" },
    );
    expect(ids).toEqual(IDS);
  });

  test("by the address of the next page in the body, relative or not, with the query as it is given", async () => {
    const paginator = paginators.nextUrl({ path: "links.next" });
    const { ids, asked } = await read(
      ({ query }, url) => {
        const page = Number(query.get("p") ?? 0);
        const address = page === 0 ? "/items?p=1&x=a%20b" : `${url}/items?p=${page + 1}`;
        return {
          json: { data: records(IDS.slice(page * 10, page * 10 + 10)), links: { next: page < 2 ? address : null } },
        };
      },
      { paginator, records: "data", params: { first: 1 } },
    );
    expect(ids).toEqual(IDS);
    expect(asked).toEqual(["first=1", "p=1&x=a+b", "p=2"]);
  });

  test("by the Link header", async () => {
    const { ids } = await read(
      ({ query }, url) => {
        const page = Number(query.get("page") ?? 1);
        const links = `<${url}/items?page=1>; rel="first", <${url}/items?page=${page + 1}>; title="a, \\"b\\"; rel=next"; rel="next"`;
        return { json: records(IDS.slice((page - 1) * 10, page * 10)), headers: page < 3 ? { link: links } : {} };
      },
      { paginator: paginators.linkHeader() },
    );
    expect(ids).toEqual(IDS);
  });

  test("by the connection of a GraphQL query", async () => {
    const paginator = paginators.graphql({ connection: "data.items" });
    const { ids, server } = await read(
      ({ body }) => {
        const { variables } = JSON.parse(body) as { variables: { after?: string } };
        const start = Number(variables.after ?? 0);
        const pageInfo = { hasNextPage: start + 10 < 25, endCursor: String(start + 10) };
        return {
          json: {
            data: { items: { edges: records(IDS.slice(start, start + 10)).map((node) => ({ node })), pageInfo } },
          },
        };
      },
      { paginator, method: "POST", json: { query: "…", variables: { size: 10 } }, records: "data.items.edges.*.node" },
    );
    expect(ids).toEqual(IDS);
    expect(JSON.parse(server.requests[1]?.body ?? "")).toEqual({ query: "…", variables: { size: 10, after: "10" } });
  });

  test("from the middle, with what an earlier page said of its next one", async () => {
    const answer = byCursor((after) => ({ json: { next: String(after) } }));
    const pages = { paginator: paginators.cursor({ param: "after", path: "next" }), records: "data" };
    const [first] = (await read(answer, pages)).pages;
    const from = JSON.parse(JSON.stringify(first?.next)) as NonNullable<typeof first>["next"];
    if (from === undefined) throw new Error("there is no next page");
    expect((await read(answer, { ...pages, from })).ids).toEqual(IDS.slice(10));
  });
});

describe("when it is not said, pagination is found out from the answers:", () => {
  const part = (start: number) => records(IDS.slice(start, start + 10));
  const goesOn = (start: number) => start + 10 < IDS.length;
  const cases: [string, (request: SeenRequest, url: string) => TestAnswer, string][] = [
    [
      "Link header",
      ({ query }, url) => {
        const start = Number(query.get("s") ?? 0);
        return {
          json: { data: part(start) },
          headers: goesOn(start) ? { link: `<${url}/items?s=${start + 10}>; rel=next` } : {},
        };
      },
      "s=20",
    ],
    [
      "links.next",
      ({ query }) => {
        const start = Number(query.get("s") ?? 0);
        return { json: { data: part(start), links: { next: goesOn(start) ? `/items?s=${start + 10}` : null } } };
      },
      "s=20",
    ],
    [
      "@odata.nextLink",
      ({ query }, url) => {
        const start = Number(query.get("s") ?? 0);
        return {
          json: { data: part(start), ...(goesOn(start) ? { "@odata.nextLink": `${url}/items?s=${start + 10}` } : {}) },
        };
      },
      "s=20",
    ],
    [
      "HubSpot",
      ({ query }) => {
        const start = Number(query.get("after") ?? 0);
        return {
          json: {
            data: part(start),
            ...(goesOn(start) ? { paging: { next: { after: `${start + 10}`, link: "?x" } } } : {}),
          },
        };
      },
      "after=20",
    ],
    [
      "Slack",
      ({ query }) => {
        const start = Number(query.get("cursor") ?? 0);
        return {
          json: { data: part(start), response_metadata: { next_cursor: goesOn(start) ? `${start + 10}` : "" } },
        };
      },
      "cursor=20",
    ],
    [
      "Stripe",
      ({ query }) => {
        const start = Number(query.get("starting_after") ?? 0);
        return { json: { object: "list", data: part(start), has_more: goesOn(start) } };
      },
      "starting_after=20",
    ],
    [
      "Jira",
      ({ query }) => {
        const startAt = Number(query.get("startAt") ?? 0);
        return { json: { startAt, total: 25, data: part(startAt) } };
      },
      "startAt=20",
    ],
    [
      "total_pages",
      ({ query }) => {
        const page = Number(query.get("page") ?? 1);
        return { json: { total_pages: 3, data: part((page - 1) * 10) } };
      },
      "page=3",
    ],
  ];
  test.each(cases)("%s", async (_name, answer, last) => {
    const { ids, asked } = await read(answer, { records: "data" });
    expect(ids).toEqual(IDS);
    expect(asked.at(-1)).toBe(last);
    expect(asked).toHaveLength(3);
  });

  test("an answer that says nothing of it is the only page", async () => {
    expect((await read(() => ({ json: { data: part(0) } }), { records: "data" })).asked).toHaveLength(1);
  });
});

describe("a page that repeats for ever ends with an error", () => {
  test.each([
    ["the same cursor", () => "a"],
    ["two cursors in turn", (count: number) => ["a", "b"][count % 2]],
    ["a circle of seven behind three others", (count: number) => `c${count < 3 ? -count : (count - 3) % 7}`],
  ])("under %s", async (_name, next) => {
    let count = 0;
    const answer = () => ({ json: { next: next(count), data: records([count++]) } });
    const paginator = paginators.cursor({ param: "after", path: "next" });
    await expect(read(answer, { paginator, records: "data" })).rejects.toMatchObject({
      code: "source_page_repeated",
      message: expect.stringContaining("the same after"),
    });
    expect(count).toBeLessThan(30);
  });

  test("with the same records under ever new cursors", async () => {
    let count = 0;
    const answer = () => ({ json: { next: count++, data: records([1, 2]) } });
    const paginator = paginators.cursor({ param: "after", path: "next" });
    await expect(read(answer, { paginator, records: "data" })).rejects.toMatchObject({
      code: "source_page_repeated",
      message: expect.stringContaining("page 2 leads nowhere: it has the same 2 records"),
    });
  });

  test("by number, where the source does not know the parameter", async () => {
    const paginator = paginators.pageNumber();
    await expect(read(() => ({ json: records(IDS) }), { paginator })).rejects.toMatchObject({
      code: "source_page_repeated",
    });
  });

  test("but records that nothing tells apart may be alike on two pages", async () => {
    let count = 0;
    const answer = () => ({ json: { next: count++ < 1 ? count : null, data: [{ v: 0 }, { v: 0 }] } });
    const paginator = paginators.cursor({ param: "after", path: "next" });
    expect((await read(answer, { paginator, records: "data" })).pages).toHaveLength(2);
  });
});

test("the next page must be on the same origin unless that is allowed, and gets no credentials elsewhere", async () => {
  await using other = await startHttpServer(() => ({ json: { data: records([2]) } }));
  const answer = () => ({ json: { data: records([1]), next: `${other.url}/more` } });
  const options = { auth: { type: "bearer", token: "s3cret" } } as const;
  const refused = read(answer, { paginator: paginators.nextUrl({ path: "next" }), records: "data" }, options);
  await expect(refused).rejects.toMatchObject({ code: "source_format", message: expect.stringContaining(other.url) });
  expect(other.requests).toEqual([]);
  const paginator = paginators.nextUrl({ path: "next", otherOrigins: true });
  expect((await read(answer, { paginator, records: "data" }, options)).ids).toEqual([1, 2]);
  expect(other.requests[0]?.headers.authorization).toBeUndefined();
});

test("a secret that the source puts into the address of the next page is not kept in it", async () => {
  const answer = ({ query }: SeenRequest, url: string) =>
    query.has("p") ? { json: { data: [] } } : { json: { data: records([1]), next: `${url}/items?p=2&key=s3cret` } };
  const options = { auth: { type: "query", name: "key", value: "s3cret" } } as const;
  const { pages, asked } = await read(
    answer,
    { paginator: paginators.nextUrl({ path: "next" }), records: "data" },
    options,
  );
  expect(JSON.stringify(pages[0]?.next)).not.toContain("s3cret");
  expect(asked).toEqual(["key=s3cret", "p=2&key=s3cret"]);
});

test("memory does not grow with the pages", async () => {
  const { RepeatGuard } = await import("../../../src/connector/http/repeat-guard.ts");
  const guard = new RepeatGuard();
  for (let page = 0; page < 100_000; page++) expect(guard.turn({ params: { page } })).toBeUndefined();
});

test.each([
  ['<https://a/b?x=1,2>; rel="next"', "https://a/b?x=1,2"],
  ['</x>; rel="prev next"', "/x"],
  ["</x>; rel=NEXT", "/x"],
  ['</p>; rel="prev", </n>; title="x, </no>; rel=next"; rel=next', "/n"],
  ['</x>; rel="next"; anchor="#foo"', undefined],
  ['</x>; rel="last"', undefined],
  ["", undefined],
])("the Link header %s leads to %s", (field, target) => {
  expect(findLink(field, "next")).toBe(target);
});
