import { ConnectorError } from "../connector-error.ts";
import type { Reject, Row } from "../define-connector.ts";
import { readPath, recordsAt } from "../http/json-path.ts";
import type { RestStream } from "./rest-stream.ts";
import type { ExpandOptions, FieldsOptions } from "./stream-options.ts";

/** Rows that records became, and what could not become one. */
export interface ShapedRecords {
  rows: Row[];
  rejects: Reject[];
}

/** Where records stand at the source, for those that are rejected. */
export interface RecordPlaces {
  placeOf(index: number): string;
}

export interface Shaper {
  /** Appends the rows of the record with that index on its page. */
  shape(record: unknown, index: number, page: RecordPlaces, into: ShapedRecords): void;
}

/** `carried` are columns that every row gets: fields of the parent. */
export function recordShaper(stream: RestStream, carried: Row = {}): Shaper {
  const { fields, expand, scalars } = stream.options;
  const reshape = reshaper(fields, carrier(stream.name, carried, fields?.constants));
  const put = (row: Row, place: () => string, into: ShapedRecords) => {
    const shaped = reshape === undefined ? row : reshape(row);
    const missing = missingKey(shaped, stream.primaryKey);
    if (missing === undefined) into.rows.push(shaped);
    else refuse(into, place(), `the key ${missing} is missing or null`, shaped);
  };
  return {
    shape(record, index, page, into) {
      const place = () => page.placeOf(index);
      const row = asRow(record, scalars);
      if (row === undefined) refuse(into, place(), `the record is ${kindOf(record)}, no object`, record);
      else if (expand === undefined) put(row, place, into);
      else for (const [at, item] of expanded(row, expand).entries()) put(item, () => `${place()} item ${at + 1}`, into);
    },
  };
}

function missingKey(row: Row, primaryKey: readonly string[]): string | undefined {
  for (const key of primaryKey) if (row[key] === null || row[key] === undefined) return key;
  return undefined;
}

function asRow(record: unknown, scalars: "reject" | "value" | undefined): Row | undefined {
  if (typeof record === "object" && record !== null && !Array.isArray(record) && !isNumber(record))
    return record as Row;
  return scalars === "value" ? { value: record } : undefined;
}

function expanded(row: Row, { path, include }: ExpandOptions): Row[] {
  const carried = Object.fromEntries(Object.entries(include).map(([name, from]) => [name, readPath(row, from)]));
  return recordsAt(row, path)
    .filter((item) => item !== null)
    .map((item) => ({ ...(asRow(item, "value") as Row), ...carried }));
}

/** Puts the parent's fields into a row. One of the record's own that would be written over is an error: it would be lost. */
function carrier(stream: string, carried: Row, constants: Row = {}): ((row: Row) => Row) | undefined {
  const entries = Object.entries(carried);
  if (entries.length === 0 && Object.keys(constants).length === 0) return undefined;
  return (row) => {
    for (const [name, value] of entries) {
      if (Object.hasOwn(row, name) && JSON.stringify(row[name]) !== JSON.stringify(value))
        throw writtenOver(stream, name);
    }
    return { ...row, ...carried, ...constants };
  };
}

function writtenOver(stream: string, name: string): ConnectorError {
  const message = `reading ${stream}: its records have a field \`${name}\` of their own, and \`parent.include\` would put the parent's in its place. Carry that along under another name: "include": {"parent_${name}": …}.`;
  return new ConnectorError("connection_invalid", message, { details: { stream, field: name } });
}

function reshaper(
  fields: FieldsOptions | undefined,
  carry: ((row: Row) => Row) | undefined,
): ((row: Row) => Row) | undefined {
  if (fields === undefined) return carry;
  const { select, exclude, lift, rename } = fields;
  const chosen = select === undefined ? undefined : new Set(select);
  const left = new Set(exclude);
  const lifted = Object.entries(lift);
  return (row) => {
    const shaped: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(row)) {
      if (chosen === undefined ? left.has(key) : !chosen.has(key)) continue;
      shaped[rename[key] ?? key] = value;
    }
    for (const [name, path] of lifted) shaped[name] = readPath(row, path);
    return carry === undefined ? shaped : carry(shaped);
  };
}

function refuse({ rows, rejects }: ShapedRecords, position: string, reason: string, record: unknown): void {
  rejects.push({ position, reason, text: JSON.stringify(record) ?? String(record), before: rows.length });
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return isNumber(value) ? "a number" : `a ${typeof value}`;
}

/** A number whose digits are kept as they were written. */
function isNumber(value: unknown): boolean {
  return typeof value === "number" || (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}
