import { readPath } from "../json-path.ts";
import type { Paginator } from "./paginator.ts";
import { asNumber, numberIn, type ParamPlace, turnWith } from "./turn-values.ts";

export interface OffsetOptions {
  /** `offset` unless given. */
  param?: string;
  /** `limit` unless given. */
  limitParam?: string;
  limit: number;
  /** The offset of the first record; 0 unless given. */
  first?: number;
  /** Where the answer says how many records there are. */
  total?: string;
  in?: ParamPlace;
}

/**
 * `?offset=0&limit=100`, `?offset=100&limit=100` … until a page is empty, or the last by the answer's own count, or,
 * where it has none, not full. The next page begins behind the records that came: a server may give fewer than asked.
 */
export function offset(options: OffsetOptions): Paginator {
  const { param = "offset", limitParam = "limit", limit, first = 0, total, in: place } = options;
  return {
    name: "offset",
    first: turnWith({ [param]: first, [limitParam]: limit }, place),
    next({ turn, body, records }) {
      const reached = (numberIn(turn, param, place) ?? first) + records.length;
      const known = total === undefined ? undefined : asNumber(readPath(body, total));
      if (records.length === 0 || (known === undefined ? records.length < limit : reached - first >= known))
        return undefined;
      return turnWith({ [param]: reached, [limitParam]: limit }, place);
    },
  };
}
