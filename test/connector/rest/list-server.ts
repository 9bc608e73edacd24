import { startHttpServer, type TestServer } from "../../harness/http-server.ts";

export interface ListRecord {
  id: number;
  at: string;
  [key: string]: unknown;
}

export interface ListRules {
  order: "asc" | "desc" | "none";
  /** The parameter `since` asks for >= this, or > this. */
  inclusive: boolean;
  paging: "page" | "after";
  size: number;
}

/** Answers `/things` from a list that tests change as they go: filtered, ordered and in pages, as the rules say. */
export async function startListServer(records: ListRecord[], rules: ListRules): Promise<TestServer> {
  return startHttpServer(({ query }) => {
    const found = select(records, rules, { since: query.get("since"), until: query.get("until") });
    if (rules.paging === "page") {
      const from = (Number(query.get("page") ?? 1) - 1) * rules.size;
      return { json: { data: found.slice(from, from + rules.size) } };
    }
    const after = query.get("after");
    const from = after === null ? 0 : found.findIndex(({ id }) => id === Number(after)) + 1;
    const data = found.slice(from, from + rules.size);
    return { json: { data, more: from + rules.size < found.length } };
  });
}

function select(
  records: ListRecord[],
  { order, inclusive }: ListRules,
  range: Record<"since" | "until", string | null>,
) {
  const since = range.since ?? "";
  const isNew = ({ at }: ListRecord) => (inclusive ? at >= since : at > since);
  const isOld = ({ at }: ListRecord) => range.until === null || at < range.until;
  const found = records.filter((record) => isNew(record) && isOld(record));
  const sign = order === "desc" ? -1 : 1;
  if (order === "none") return found.sort((a, b) => ((a.id * 7) % 11) - ((b.id * 7) % 11) || a.id - b.id);
  return found.sort((a, b) => sign * (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id - b.id));
}

/** The paging options that fit the rules. */
export function pagingOf({ paging, size }: ListRules): object {
  if (paging === "page") return { type: "page", size };
  return { type: "cursor", param: "after", last_record: "id", more: "more" };
}
