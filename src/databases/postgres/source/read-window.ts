import type pg from "pg";
import { SluiceError } from "../../../core/errors.ts";
import { quoteIdentifier, quoteLiteral } from "../identifiers.ts";
import type { ColumnInfo } from "./column-info.ts";
import type { Readable } from "./describe-table.ts";
import { serverCode } from "./source-error.ts";
import { unfit } from "./stream-cursor.ts";

/** What an incremental read goes by. */
export interface Ordering {
  /** The cursor column, then the key's columns. */
  columns: readonly ColumnInfo[];
  lookback?: string | number | undefined;
  lag?: string | undefined;
}

/** The newest row, as the transaction sees it. */
export interface NewestRow {
  at: string[];
  /** It lies behind the row that was asked about. */
  isNewer: boolean;
}

/**
 * Finds where a read has to end. Undefined when there is nothing to read. Nulls come first in descending order, so the
 * same look finds them; a column with nulls cannot be a cursor, because rows without a value would never be read.
 */
export async function findNewest(
  client: pg.Client,
  readable: Readable,
  ordering: Ordering,
  { where, after }: { where?: string | undefined; after?: readonly string[] | undefined },
): Promise<NewestRow | undefined> {
  const { columns } = ordering;
  const cursor = columns[0] as ColumnInfo;
  const names = columns.map(({ name }) => quoteIdentifier(name));
  const texts = names.map((name) => `${name}::text`).join(", ");
  const isNewer = after === undefined ? "true" : behind(columns, after);
  const conditions = [where, lagCondition(ordering)];
  const order = names.map((name) => `${name} desc`).join(", ");
  const sql = `select array[${texts}] as at, ${isNewer} as "isNewer" from ${readable.from}${whereSql(conditions)} order by ${order} limit 1`;
  const { rows } = await client.query(sql).catch((error: unknown) => {
    throw asOrderingError(error, readable.label, cursor, after);
  });
  const newest = rows[0] as { at: (string | null)[]; isNewer: boolean } | undefined;
  if (newest === undefined) return undefined;
  if (newest.at[0] === null) throw await nullsFound(client, readable, cursor, where);
  return { at: newest.at as string[], isNewer: newest.isNewer };
}

/** ` where (…) and (…)`, or nothing. */
export function whereSql(conditions: readonly (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined);
  // A line break, because what a person wrote may end in a comment.
  return given.length === 0 ? "" : ` where ${given.map((condition) => `(${condition}\n)`).join(" and ")}`;
}

/** SQL for rows that come after the row. Of a row of one value: after all rows of that value. */
export function behind(columns: readonly ColumnInfo[], at: readonly string[]): string {
  return compare(columns, ">", at);
}

/** SQL for rows from the row on, itself included. */
export function atOrBehind(columns: readonly ColumnInfo[], at: readonly string[]): string {
  return compare(columns, ">=", at);
}

/** SQL for rows up to the row, itself included. */
export function upTo(columns: readonly ColumnInfo[], at: readonly string[]): string {
  return compare(columns, "<=", at);
}

/** SQL for rows from `lookback` before the cursor on. */
export function fromLookback({ columns, lookback }: Ordering, at: readonly string[], label: string): string {
  const column = columns[0] as ColumnInfo;
  return `${quoteIdentifier(column.name)} >= ${lookedBack(column, at[0] as string, lookback ?? 0, label)}`;
}

/** SQL for a value of the cursor column, moved back. */
export function lookedBack(column: ColumnInfo, at: string, lookback: string | number, label: string): string {
  return `(${literal(column, at)} - ${amount(column, lookback, label)})::${column.type}`;
}

/** Boundaries that cut the rows into about so many windows; several may be equal. */
export async function boundaries(
  client: pg.Client,
  { from }: Readable,
  column: ColumnInfo,
  { count, conditions }: { count: number; conditions: readonly (string | undefined)[] },
): Promise<string[]> {
  const shares = Array.from({ length: count - 1 }, (_, i) => (i + 1) / count).join(", ");
  const share = `percentile_disc(array[${shares}]::float8[]) within group (order by ${quoteIdentifier(column.name)})`;
  const { rows } = await client.query(`select (${share})::text[] as found from ${from}${whereSql(conditions)}`);
  return [...new Set((rows[0] as { found: string[] | null }).found ?? [])];
}

export function literal(column: ColumnInfo, text: string): string {
  return `${quoteLiteral(text)}::${column.type}`;
}

function compare(columns: readonly ColumnInfo[], operator: string, at: readonly string[]): string {
  const used = columns.slice(0, at.length);
  const names = used.map(({ name }) => quoteIdentifier(name));
  const values = used.map((column, index) => literal(column, at[index] as string));
  return names.length === 1 ? `${names[0]} ${operator} ${values[0]}` : `(${names}) ${operator} (${values})`;
}

/** Nulls stay in, so that they are found. */
export function lagCondition({ columns, lag }: Ordering): string | undefined {
  const column = columns[0] as ColumnInfo;
  if (lag === undefined) return undefined;
  const bound = `(now() - ${quoteLiteral(lag)}::interval)::${column.type}`;
  const condition = `${quoteIdentifier(column.name)} <= ${bound}`;
  return column.nullable ? `${condition} or ${quoteIdentifier(column.name)} is null` : condition;
}

/** Throws connection_invalid where the settings do not suit the column or the mode. */
export function assertWindow({ columns, lookback, lag }: Ordering, mode: string, label: string): void {
  const [column] = columns;
  const refuse = (what: string) => new SluiceError("connection_invalid", `reading ${label}: ${what}`);
  if (column === undefined) {
    if (lookback === undefined && lag === undefined) return;
    throw refuse("`lookback` and `lag` need a cursor. Set the stream's `cursor_field`, or leave them out.");
  }
  if (lookback !== undefined && mode === "append") {
    throw refuse(
      "with `lookback` rows come again, which append would store twice. Use the mode merge, or leave it out.",
    );
  }
  if (lag !== undefined && column.category !== "D") {
    throw refuse(
      `\`lag\` is a time, and the cursor ${column.name} is ${column.type}. Leave it out, or use a cursor that is a time.`,
    );
  }
  if (lookback !== undefined) amount(column, lookback, label);
}

function amount(column: ColumnInfo, given: string | number, label: string): string {
  if (column.category === "D" && typeof given === "string") return `${quoteLiteral(given)}::interval`;
  const number = Number(given);
  if (column.category === "N" && Number.isFinite(number) && given !== "") return `(${number})`;
  const wanted =
    column.category === "D" ? "an interval such as 2 hours" : column.category === "N" ? "a number" : "left out";
  throw new SluiceError(
    "connection_invalid",
    `reading ${label}: the cursor ${column.name} is ${column.type}, so \`lookback\` must be ${wanted}.`,
  );
}

function asOrderingError(
  error: unknown,
  label: string,
  cursor: ColumnInfo,
  after: readonly string[] | undefined,
): unknown {
  const code = serverCode(error);
  if (code === "42883" && /ordering operator/.test(String(error))) {
    const message = `reading ${label}: values of the cursor ${cursor.name} have no order (its type is ${cursor.type}). Choose a column such as a time or a number as \`cursor_field\`.`;
    return new SluiceError("source_column", message, { cause: error });
  }
  if (code?.startsWith("22") !== true || after === undefined) return error;
  return unfit(label, `its value is none of ${cursor.name}, which is ${cursor.type} now`);
}

async function nullsFound(
  client: pg.Client,
  { from, label }: Readable,
  { name }: ColumnInfo,
  where: string | undefined,
): Promise<SluiceError> {
  const isNull = `${quoteIdentifier(name)} is null`;
  const { rows } = await client.query(`select count(*)::int8 as n from ${from}${whereSql([where, isNull])}`);
  const count = Number((rows[0] as { n: string }).n);
  const have = count === 1 ? "1 row has" : `${count} rows have`;
  return new SluiceError(
    "source_column",
    `reading ${label}: ${have} no value in the cursor ${name} and would never be read. Choose a column that is never null, or leave such rows out with \`where: ${name} is not null\`.`,
    { details: { column: name, rows: count } },
  );
}
