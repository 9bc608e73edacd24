import type { Node } from "./openapi-document.ts";

/** Names that parameters for the size of a page have. */
const SIZES = ["per_page", "page_size", "pageSize", "limit", "count", "size"];
const LARGEST = 100;

/** How pages follow each other, by the names of the parameters; found out from the answers where they do not say. */
export function draftPagination(
  query: readonly Node[],
  { answer, key }: { answer: readonly string[]; key: string | undefined },
): { paginate?: object; params?: object } {
  const names = query.map((one) => String(one["name"]));
  const size = SIZES.find((name) => names.includes(name));
  const largest = size === undefined ? undefined : largestOf(query.find((one) => one["name"] === size));
  const params = size === undefined ? {} : { params: { [size]: largest } };
  if (names.includes("starting_after") && answer.includes("has_more") && key !== undefined) {
    return { ...params, paginate: { type: "cursor", param: "starting_after", last_record: key, more: "has_more" } };
  }
  if (names.includes("offset") && size !== undefined)
    return { paginate: { type: "offset", limit_param: size, limit: largest } };
  if (names.includes("page")) {
    return { paginate: { type: "page", ...(size === undefined ? {} : { size_param: size, size: largest }) } };
  }
  return params;
}

function largestOf(parameter: Node | undefined): number {
  const maximum = (parameter?.["schema"] as Node | undefined)?.["maximum"];
  return typeof maximum === "number" && maximum > 0 ? Math.min(maximum, LARGEST) : LARGEST;
}
