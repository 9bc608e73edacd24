import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { descriptionOf } from "./description.ts";
import { bearer, moment, pageAfter, startVendor, type Vendor } from "./vendor.ts";

export const NOTION_TOKEN = "ntn_0123456789abcdefABCDEF";

export interface NotionPage {
  object: string;
  id: string;
  last_edited_time: string;
}

export const notionPage = (n: number, minute = n, object = "page"): NotionPage => ({
  object,
  id: `${object}-${n}`,
  last_edited_time: moment(minute * 60).toISOString(),
});

export function notionPages(count = 8): NotionPage[] {
  return Array.from({ length: count }, (_, n) =>
    notionPage(n, Math.floor(n / 2), n % 4 === 3 ? "data_source" : "page"),
  );
}

interface Search {
  filter: { value: string };
  sort: { direction: string };
  page_size?: number;
  start_cursor?: string;
}

/**
 * Notion's API: the search by POST over what an integration sees, by the time of editing, in pages of at most 100 with a
 * cursor of its own; blocks by page. A request that its description does not know is refused.
 */
export function startNotion(pages: NotionPage[] = notionPages(), largest_page = 100): Promise<Vendor> {
  const list = (items: readonly { id: string }[], size: number, after: string | null): TestAnswer => {
    if (size > 100) return error(400, "page_size should be at most 100");
    const results = pageAfter(items, ({ id }) => id, after, Math.min(size, largest_page));
    const has_more = results.length > 0 && results.at(-1) !== items.at(-1);
    return { json: { object: "list", results, has_more, next_cursor: has_more ? results.at(-1)?.id : null } };
  };
  const search = ({ body }: SeenRequest): TestAnswer => {
    const { filter, sort, page_size, start_cursor } = JSON.parse(body) as Search;
    const { direction } = sort;
    const found = pages.filter(({ object }) => object === filter.value);
    found.sort((a, b) =>
      a.last_edited_time < b.last_edited_time ? 1 : a.last_edited_time > b.last_edited_time ? -1 : 0,
    );
    return list(direction === "descending" ? found : found.reverse(), page_size ?? 100, start_cursor ?? null);
  };
  const versioned = (answer: (request: SeenRequest) => TestAnswer) => (request: SeenRequest) =>
    request.headers["notion-version"] === "2025-09-03"
      ? answer(request)
      : error(400, "Notion-Version header is missing");
  return startVendor({
    admit: bearer(NOTION_TOKEN, error(401, "API token is invalid.")),
    error,
    description: descriptionOf("notion"),
    routes: {
      "GET /v1/users/me": versioned(() => ({
        json: { object: "user", id: "bot", name: "Sluice", bot: {} },
      })),
      "GET /v1/users": versioned(({ query }) =>
        list([{ id: "user-1" }, { id: "user-2" }], 100, query.get("start_cursor")),
      ),
      "POST /v1/search": versioned(search),
      "GET /v1/blocks/{page}/children": ({ query }, { page }) => {
        if (!pages.some(({ id }) => id === page)) return error(404, `Could not find block with ID: ${page}.`);
        const blocks = [1, 2].map((n) => ({ id: `${page}-block-${n}`, type: "paragraph", has_children: false }));
        return list(blocks, Number(query.get("page_size") ?? 100), query.get("start_cursor"));
      },
    },
  });
}

function error(status: number, message: string): TestAnswer {
  const code = status === 401 ? "unauthorized" : status === 404 ? "object_not_found" : "validation_error";
  return { status, json: { object: "error", status, code, message } };
}
