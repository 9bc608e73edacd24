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
  /** … or the lowest value of a field on the page, for lists that go back in time by `before` in whatever order. */
  leastRecord?: string;
  /** Records of a full page: one with fewer is the last. */
  size?: number;
  /** Where the body says whether more follows; false there ends it. */
  more?: string;
  /** The cursor stays the same from page to page, and the source remembers where it stands. */
  constant?: boolean;
  in?: ParamPlace;
}

/** Each answer has the cursor that asks for the next page; none, or an empty one, ends it. */
export function cursor(options: CursorOptions): Paginator {
  const { param, more, size = 0, constant = false, in: place } = options;
  const byRecord = options.lastRecord !== undefined || options.leastRecord !== undefined;
  return {
    name: "cursor",
    first: {},
    constantTurns: constant,
    next(page) {
      if (more !== undefined && isOver(readPath(page.body, more))) return undefined;
      if (page.records.length < size) return undefined;
      if (page.records.length === 0 && (constant || byRecord)) return undefined;
      const found = asCursor(nextCursor(options, page));
      return found === undefined ? undefined : turnWith({ [param]: found }, place);
    },
  };
}

function isOver(more: unknown): boolean {
  return more === false || more === "false" || more === 0 || more === null || more === undefined;
}

function nextCursor(
  { path, header, lastRecord, leastRecord }: CursorOptions,
  { body, headers, records }: PageAnswer,
): unknown {
  if (leastRecord !== undefined) return least(records, leastRecord);
  if (path !== undefined) return readPath(body, path);
  if (header !== undefined) return headers.get(header) ?? undefined;
  return lastRecord === undefined ? undefined : readPath(records.at(-1), lastRecord);
}

/** Numbers by their size, ids and times by their text. */
function least(records: readonly unknown[], field: string): unknown {
  const values = records.map((record) => asCursor(readPath(record, field))).filter((value) => value !== undefined);
  const [first, ...others] = values;
  return others.reduce((lowest, value) => (lowest === undefined || value < lowest ? value : lowest), first);
}
