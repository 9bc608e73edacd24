import type { JsonObject } from "../../../core/json.ts";

/**
 * How one page leads to the next. A paginator keeps nothing: all that is needed to go on is in the turn, which is JSON
 * and may be stored in a cursor.
 */
export interface Paginator {
  /** For messages: `page number`, `cursor`. */
  readonly name: string;
  /** What the first request carries. */
  readonly first: PageTurn;
  /** What asks for the page after this one; undefined after the last. */
  next(page: PageAnswer): PageTurn | undefined;
  /** The same turn again and again is right here: the source remembers where it stands. */
  readonly constantTurns?: boolean;
}

/** What a page's request has besides the stream's own. */
export interface PageTurn {
  /** Instead of the request's address and parameters. Of the same origin, or the credentials stay behind. */
  url?: string;
  params?: { [name: string]: string | number };
  /** Merged into the JSON body, objects within objects. */
  body?: JsonObject;
}

export interface PageAnswer {
  turn: PageTurn;
  /** The address that answered. */
  url: string;
  headers: Headers;
  body: unknown;
  records: readonly unknown[];
}
