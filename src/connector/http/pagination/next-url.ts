import { ConnectorError } from "../../connector-error.ts";
import { readPath } from "../json-path.ts";
import type { PageAnswer, PageTurn, Paginator } from "./paginator.ts";

export interface NextUrlOptions {
  /** Where the address of the next page is: `paging.next.link`. Relative ones are resolved. */
  path: string;
  /** The next page may be on another origin; credentials do not go there. */
  otherOrigins?: boolean;
}

/** The body has the whole address of the next page; none ends it. */
export function nextUrl({ path, otherOrigins = false }: NextUrlOptions): Paginator {
  return {
    name: "next URL",
    first: {},
    next: (page) => urlTurn(readPath(page.body, path), page, otherOrigins),
  };
}

/** The turn of an address that an answer names. @throws ConnectorError when it leads to another origin unasked */
export function urlTurn(address: unknown, page: PageAnswer, otherOrigins: boolean): PageTurn | undefined {
  if (typeof address !== "string" || address === "") return undefined;
  if (!URL.canParse(address, page.url)) throw badNext(page, "is not an address");
  const next = new URL(address, page.url);
  const { origin } = new URL(page.url);
  if (next.protocol !== "https:" && next.protocol !== "http:") throw badNext(page, "is not one of http");
  if (next.origin !== origin && !otherOrigins) throw badNext(page, `is at ${next.origin}, not at ${origin}`);
  return { url: next.href };
}

function badNext({ url }: PageAnswer, what: string): ConnectorError {
  return new ConnectorError(
    "source_format",
    `reading pages from ${url}: the address of the next page ${what}. Correct how the stream is paged; if that is meant, allow other origins for it.`,
    { details: { url } },
  );
}
