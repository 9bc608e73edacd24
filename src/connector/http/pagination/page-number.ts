import { readPath } from "../json-path.ts";
import type { Paginator } from "./paginator.ts";
import { asNumber, numberIn, type ParamPlace, turnWith } from "./turn-values.ts";

export interface PageNumberOptions {
  /** `page` unless given. */
  param?: string;
  /** 1 unless given. */
  first?: number;
  sizeParam?: string;
  /** Records of a full page: a page with fewer is the last. Without it only an empty page is. */
  size?: number;
  /** Where the answer says how many pages there are. */
  totalPages?: string;
  in?: ParamPlace;
}

/** `?page=1`, `?page=2` … until a page is empty, not full, or the last by the answer's own count. */
export function pageNumber(options: PageNumberOptions = {}): Paginator {
  const { param = "page", first = 1, sizeParam, size, totalPages, in: place } = options;
  const sized = sizeParam === undefined || size === undefined ? {} : { [sizeParam]: size };
  return {
    name: "page number",
    first: turnWith({ [param]: first, ...sized }, place),
    next({ turn, body, records }) {
      const number = numberIn(turn, param, place) ?? first;
      const total = totalPages === undefined ? undefined : asNumber(readPath(body, totalPages));
      if (records.length === 0) return undefined;
      if (total === undefined ? size !== undefined && records.length < size : number - first + 1 >= total)
        return undefined;
      return turnWith({ [param]: number + 1, ...sized }, place);
    },
  };
}
