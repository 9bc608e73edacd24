import { ConnectorError } from "../connector-error.ts";

export function jsonTruncated(name: string, records: number): ConnectorError {
  return new ConnectorError(
    "source_truncated",
    `reading ${name}: the JSON ends after ${records} records, before it is closed. The file is incomplete: get it again.`,
    { details: { file: name, records } },
  );
}

/** `record`: how many are whole before the broken one. */
export function jsonBroken(
  place: { name: string; offset: number; record: number },
  what: string,
  cause?: unknown,
): ConnectorError {
  const { name, offset, record } = place;
  return new ConnectorError(
    "source_format",
    `reading ${name}: not valid JSON behind byte ${offset} and ${record} whole records: ${what}. Mend the file, or set the option \`format\` (ndjson has one object a line).`,
    { cause, details: { file: name, offset, records: record } },
  );
}

export function recordsMissing(name: string, records: string): ConnectorError {
  return new ConnectorError(
    "source_format",
    `reading ${name}: there is nothing at ${records}. Set the option \`records\` to where the list of records is.`,
    { details: { file: name, records } },
  );
}
