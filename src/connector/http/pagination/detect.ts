import { readPath } from "../json-path.ts";
import { cursor } from "./cursor.ts";
import { findLink } from "./link-header.ts";
import { urlTurn } from "./next-url.ts";
import type { PageAnswer, PageTurn, Paginator } from "./paginator.ts";
import { asNumber, turnWith } from "./turn-values.ts";

/** Where bodies have the address of the next page. */
const NEXT_URLS = [
  "links.next.href",
  "links.next",
  "_links.next.href",
  "_links.next",
  "paging.next",
  "pagination.next_url",
  "pagination.next_page",
  "pagination.next",
  "pages.next",
  "meta.next",
  "@odata.nextLink",
  "next_page_url",
  "next_page_uri",
  "next_url",
  "nextLink",
  "next_link",
  "next_page",
  "next",
];

/** Where bodies have a cursor, and the parameter that takes it. */
const CURSORS: readonly { path: string; param: string }[] = [
  { path: "paging.next.after", param: "after" },
  { path: "pages.next.starting_after", param: "starting_after" },
  { path: "response_metadata.next_cursor", param: "cursor" },
  { path: "pagination.next_page_token", param: "page_token" },
  { path: "pagination.next_cursor", param: "cursor" },
  { path: "meta.next_cursor", param: "cursor" },
  { path: "meta.cursor", param: "cursor" },
  { path: "nextPageToken", param: "pageToken" },
  { path: "next_page_token", param: "page_token" },
  { path: "next_cursor", param: "cursor" },
  { path: "nextCursor", param: "cursor" },
];

/**
 * Finds out from each answer what follows: the Link header, the address of a next page, a cursor, Stripe's `has_more`,
 * or counts (`startAt` and `total`, `page` and `total_pages`). What says nothing of a next page is the only one.
 */
export function detect(): Paginator {
  return {
    name: "detected",
    first: {},
    next: (page) => byLink(page) ?? byUrl(page) ?? byCursor(page) ?? byLastId(page) ?? byCount(page),
  };
}

function byLink(page: PageAnswer): PageTurn | undefined {
  return urlTurn(findLink(page.headers.get("link"), "next"), page, false);
}

function byUrl(page: PageAnswer): PageTurn | undefined {
  if (typeof page.body !== "object" || page.body === null || Array.isArray(page.body)) return undefined;
  for (const path of NEXT_URLS) {
    const found = path.startsWith("@")
      ? (page.body as Record<string, unknown>)["@odata.nextLink"]
      : readPath(page.body, path);
    if (typeof found === "string" && /^(https?:\/\/|\/)/.test(found)) return urlTurn(found, page, false);
  }
  return undefined;
}

function byCursor(page: PageAnswer): PageTurn | undefined {
  if (readPath(page.body, "has_more") === false || readPath(page.body, "hasMore") === false) return undefined;
  for (const { path, param } of CURSORS) {
    const turn = cursor({ path, param }).next(page);
    if (turn !== undefined) return turn;
  }
  return undefined;
}

/** Stripe's lists: the last record's id asks for what follows it. */
function byLastId(page: PageAnswer): PageTurn | undefined {
  if (readPath(page.body, "object") !== "list") return undefined;
  return cursor({ param: "starting_after", lastRecord: "id", more: "has_more" }).next(page);
}

function byCount({ body, records, turn }: PageAnswer): PageTurn | undefined {
  if (records.length === 0) return undefined;
  const startAt = asNumber(readPath(body, "startAt"));
  const total = asNumber(readPath(body, "total"));
  if (startAt !== undefined && total !== undefined) {
    const reached = startAt + records.length;
    return reached < total ? turnWith({ startAt: reached }) : undefined;
  }
  const pages = asNumber(
    readPath(body, "total_pages") ?? readPath(body, "meta.total_pages") ?? readPath(body, "pagination.total_pages"),
  );
  const number = asNumber(turn.params?.["page"]) ?? 1;
  return pages !== undefined && number < pages ? turnWith({ page: number + 1 }) : undefined;
}
