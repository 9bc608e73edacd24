import { expect, test } from "vitest";
import { restOptions } from "../../../src/connector/rest/rest-options.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { startHttpServer } from "../../harness/http-server.ts";
import { apiReader } from "./api-reader.ts";

interface Paper {
  id: number;
  changed: string;
}

/** A list of papers, newest change first, whose texts are asked for one by one. */
async function papers(list: Paper[], missing: readonly number[] = []) {
  return startHttpServer(({ path }) => {
    if (path === "/papers") return { json: [...list].sort((a, b) => (a.changed < b.changed ? 1 : -1)) };
    const paper = list.find(({ id }) => path === `/papers/${id}`);
    if (paper === undefined || missing.includes(paper.id)) return { status: 404, json: {} };
    return { json: { id: paper.id, text: `of ${paper.changed}` } };
  });
}

function options(url: string, parent: object = {}) {
  return {
    base_url: url,
    streams: {
      papers: { path: "/papers", primary_key: ["id"], cursor: { field: "changed", ordered: "desc" } },
      texts: {
        path: "/papers/{paper}",
        records: "",
        primary_key: ["id"],
        parent: { stream: "papers", keys: { paper: "id" }, include: { changed: "changed" }, changed: true, ...parent },
      },
    },
  };
}

const days = (count: number): Paper[] =>
  Array.from({ length: count }, (_, id) => ({ id, changed: `2026-01-${String(10 + id).padStart(2, "0")}` }));

const idsOf = (rows: Record<string, unknown>[]) => rows.map(({ id }) => id);

test("details are asked for once, then only of what has changed, the oldest change first", async () => {
  const list = days(5);
  await using server = await papers(list);
  const api = apiReader(options(server.url));
  const first = await api.readAll("texts");
  expect(idsOf(first.rows)).toEqual([0, 1, 2, 3, 4]);
  expect(first.rows[4]).toEqual({ id: 4, text: "of 2026-01-14", changed: "2026-01-14" });
  expect((await api.readAll("texts", first.cursor)).rows).toEqual([]);
  Object.assign(list[1] as Paper, { changed: "2026-01-20" });
  list.push({ id: 9, changed: "2026-01-14" });
  const asked = server.requests.length;
  const second = await api.readAll("texts", first.cursor);
  expect(idsOf(second.rows)).toEqual([9, 1]);
  expect(server.requests.slice(asked).map(({ path }) => path)).toEqual(["/papers", "/papers/9", "/papers/1"]);
});

test("a budget leaves the rest to later runs, also among those that changed in one moment", async () => {
  const list = days(7).map((paper) => ({ ...paper, changed: "2026-01-10" }));
  await using server = await papers(list);
  const api = apiReader(options(server.url, { budget: 3 }));
  const seen: unknown[] = [];
  let cursor: JsonValue | undefined;
  for (const size of [3, 3, 1, 0]) {
    const read = await api.readAll("texts", cursor);
    expect(read.rows).toHaveLength(size);
    seen.push(...idsOf(read.rows));
    cursor = read.cursor;
  }
  expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("a detail that is gone by now is skipped, and one that fails is not passed over", async () => {
  const list = days(4);
  await using server = await papers(list, [1]);
  const api = apiReader(options(server.url));
  expect(idsOf((await api.readAll("texts")).rows)).toEqual([0, 2, 3]);
  await using broken = await startHttpServer(({ path }) =>
    path === "/papers"
      ? { json: list }
      : path === "/papers/2"
        ? { status: 400, json: {} }
        : { json: { id: path.at(-1) } },
  );
  const failing = apiReader(options(broken.url));
  const cursors: JsonValue[] = [];
  const read = async () => {
    for await (const { cursor } of failing.read("texts")) if (cursor !== undefined) cursors.push(cursor);
  };
  await expect(read()).rejects.toMatchObject({ code: "source_refused" });
  expect(cursors.every((cursor) => JSON.stringify(cursor) < JSON.stringify({ at: "2026-01-12" }))).toBe(true);
});

test.each([
  [{ cursor: undefined }, {}, "parent.changed: needs a cursor with a field"],
  [{ cursor: { field: "changed", inclusive: false } }, {}, "parent.changed: needs `inclusive`"],
  [{}, { cursor: { field: "at" } }, "cursor: must not be there"],
  [{}, { primary_key: undefined }, "primary_key: is missing"],
])("what does not fit together is refused: %j %j", (papersPart, textsPart, message) => {
  const { base_url, streams } = options("https://api.example.com");
  const api = {
    base_url,
    streams: { papers: { ...streams.papers, ...papersPart }, texts: { ...streams.texts, ...textsPart } },
  };
  const issues = restOptions().safeParse(api).error?.issues ?? [];
  const said = issues.map(({ path, message: text }) => `${path.slice(2).join(".")}: ${text}`);
  expect(said).toContainEqual(expect.stringContaining(message));
});
