import { readPath } from "../json-path.ts";
import type { PageAnswer, Paginator } from "./paginator.ts";
import { asCursor, type ParamPlace, turnWith } from "./turn-values.ts";

export interface CursorOptions {
  /** The parameter that takes the cursor: `after`. */
  param: string;
  /** Where the next cursor is: a path into the body, … */
  path?: string;
  /** … a header, … */
  header?: string;
  /** … or a field of the page's last record, as Stripe's `starting_after` wants it. */
  lastRecord?: string;
  /** Where the body says whether more follows; false there ends it. */
  more?: string;
  /** The cursor stays the same from page to page, and the source remembers where it stands. */
  constant?: boolean;
  in?: ParamPlace;
}

/** Each answer has the cursor that asks for the next page; none, or an empty one, ends it. */
export function cursor(options: CursorOptions): Paginator {
  const { param, more, constant = false, in: place } = options;
  return {
    name: "cursor",
    first: {},
    constantTurns: constant,
    next(page) {
      if (more !== undefined && isOver(readPath(page.body, more))) return undefined;
      if (page.records.length === 0 && (constant || options.lastRecord !== undefined)) return undefined;
      const found = asCursor(nextCursor(options, page));
      return found === undefined ? undefined : turnWith({ [param]: found }, place);
    },
  };
}

function isOver(more: unknown): boolean {
  return more === false || more === "false" || more === 0 || more === null || more === undefined;
}

function nextCursor({ path, header, lastRecord }: CursorOptions, { body, headers, records }: PageAnswer): unknown {
  if (path !== undefined) return readPath(body, path);
  if (header !== undefined) return headers.get(header) ?? undefined;
  return lastRecord === undefined ? undefined : readPath(records.at(-1), lastRecord);
}
