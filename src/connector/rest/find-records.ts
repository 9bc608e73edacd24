import { ConnectorError } from "../connector-error.ts";
import { readPaths } from "../http/json-path.ts";
import { vendorMessage } from "../http/vendor-message.ts";
import type { StreamOptions } from "./stream-options.ts";

/** Keys that commonly hold what an answer is about, where it has several lists. */
const USUAL = ["data", "items", "results", "records", "values", "entries", "objects"];

export interface RecordPlace {
  stream: string;
  options: Pick<StreamOptions, "records" | "records_missing">;
}

/**
 * Takes the records out of an answer. Where nothing is at the place, the answer is something else: an error that came
 * with a good status must not pass for an empty page.
 */
export function recordFinder({ stream, options }: RecordPlace): (body: unknown) => readonly unknown[] {
  const { records, records_missing } = options;
  if (records === undefined) return (body) => detected(body, stream);
  if (records === "") return (body) => (Array.isArray(body) ? body : [body]);
  return (body) => {
    const found = readPaths(body, records);
    const [only] = found;
    if (found.length === 1 && Array.isArray(only)) return only;
    if (found.length === 0 && records_missing !== "empty" && !records.includes("*"))
      throw missing(stream, records, body);
    return found.flat().filter((value) => value !== null);
  };
}

function detected(body: unknown, stream: string): readonly unknown[] {
  if (Array.isArray(body)) return body;
  const lists =
    typeof body === "object" && body !== null ? Object.entries(body).filter(([, it]) => Array.isArray(it)) : [];
  const usual = USUAL.flatMap((key) => lists.filter(([name]) => name === key));
  const [only, second] = usual.length > 0 ? [usual[0]] : lists;
  if (only !== undefined && second === undefined) return only[1] as unknown[];
  const said = vendorMessage(body, "", []);
  const quoted = said === undefined ? "" : ` It says: "${said}".`;
  const names = lists.map(([key]) => `/${key}`).join(", ");
  const found = lists.length === 0 ? "no list of records" : `several lists: ${names}`;
  throw new ConnectorError(
    "source_format",
    `reading ${stream}: the answer has ${found}.${quoted} Set \`records\` of the stream to the place of its records, or to "" if the answer itself is the record.`,
    { details: { stream } },
  );
}

function missing(stream: string, records: string, body: unknown): ConnectorError {
  const said = vendorMessage(body, "", []);
  const quoted = said === undefined ? "" : ` The answer says: "${said}".`;
  const keys = typeof body === "object" && body !== null ? Object.keys(body).slice(0, 10).join(", ") : typeof body;
  return new ConnectorError(
    "source_format",
    `reading ${stream}: the answer has nothing at ${records} (it has ${keys || "nothing"}).${quoted} Correct \`records\` of the stream, or tell with \`on_error\` what such an answer means; if it means that there are no records, set \`records_missing\` to "empty".`,
    { details: { stream, records } },
  );
}
