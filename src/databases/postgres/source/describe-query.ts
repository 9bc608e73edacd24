import type pg from "pg";
import { SluiceError } from "../../../core/errors.ts";
import { findColumn } from "./choose-columns.ts";
import { baseInfoSql, type ColumnInfo, type ColumnRow, columnInfo, typeInfoSql } from "./column-info.ts";
import type { Readable } from "./describe-table.ts";
import { literal, lookedBack } from "./read-window.ts";
import { serverCode } from "./source-error.ts";
import type { QuerySettings } from "./source-settings.ts";

const PLACEHOLDER = /\{cursor\}/g;
const COMMENTS = /--[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * A query's result as something to read from. `{cursor}` stands for the value that the last run came to, bound as a
 * literal of the column's type. Throws source_refused when it is no query, or the server does not take it.
 */
export async function readableQuery(
  client: pg.Client,
  name: string,
  settings: QuerySettings,
  at: string | undefined,
): Promise<Readable> {
  const label = `the query ${name}`;
  const sql = settings.sql.trim().replace(/[\s;]+$/, "");
  assertSelect(label, sql, settings);
  const columns = await columnsOf(client, label, wrapped(sql, "null"));
  const from = wrapped(sql, cursorLiteral(label, columns, settings, at));
  return { label, from, columns, parts: [] };
}

function wrapped(sql: string, cursor: string): string {
  // A line break, because the query may end in a comment. A function, because of what $ means in a replacement.
  return `(${sql.replace(PLACEHOLDER, () => cursor)}\n) as query`;
}

/** The server has the last word: a transaction that only reads, and a statement that must be usable as a table. */
function assertSelect(label: string, sql: string, { cursor }: QuerySettings): void {
  const plain = sql.replace(COMMENTS, " ").trim();
  if (!/^(select|with|values|table|\()/i.test(plain)) {
    const message = `reading ${label}: it is not a select. Only what gives rows without changing any can be a stream.`;
    throw new SluiceError("source_refused", message);
  }
  if (cursor === undefined && sql.search(PLACEHOLDER) !== -1) {
    const message = `reading ${label}: it holds {cursor}, but no \`cursor\` says which column that is. Set \`cursor\` of the query.`;
    throw new SluiceError("connection_invalid", message);
  }
}

async function columnsOf(client: pg.Client, label: string, from: string): Promise<ColumnInfo[]> {
  // The extended protocol takes exactly one statement.
  const text = `select * from ${from} limit 0`;
  const described = await client.query({ text, queryMode: "extended" } as pg.QueryConfig).catch((error: unknown) => {
    throw refused(error, label);
  });
  const { fields } = described;
  const twice = fields.find(({ name }, index) => fields.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) {
    const message = `reading ${label}: two of its columns are called "${twice.name}". Give one of them another name with \`as\`.`;
    throw new SluiceError("source_column", message);
  }
  const values = fields.map((field, index) => `(${index}, ${field.dataTypeID}::oid, ${field.dataTypeModifier})`);
  if (values.length === 0) throw new SluiceError("source_column", `reading ${label}: it has no columns. Select some.`);
  const { rows } = await client.query(
    `select ${typeInfoSql("f.id", "f.modifier")} as type, ${baseInfoSql("f.id")} as base
     from (values ${values.join(", ")}) f (place, id, modifier) order by f.place`,
  );
  return (rows as Pick<ColumnRow, "type" | "base">[]).map((row, index) =>
    columnInfo({ ...row, name: fields[index]?.name ?? "", notNull: false }),
  );
}

function refused(error: unknown, label: string): unknown {
  const code = serverCode(error);
  if (code === undefined || !/^(42|0A|25006)/.test(code)) return error;
  const { message, hint } = error as { message: string; hint?: string };
  const advice = hint === undefined ? "" : ` ${hint}`;
  return new SluiceError(
    "source_refused",
    `reading ${label}: ${message}.${advice} It must be one select that could stand in parentheses after from.`,
    { cause: error, details: { server_code: code } },
  );
}

/** The least value of each type, for the first run: every row lies at or behind it. */
const LEAST: Record<string, string> = {
  "timestamp with time zone": "-infinity",
  "timestamp without time zone": "-infinity",
  date: "-infinity",
  smallint: "-32768",
  integer: "-2147483648",
  bigint: "-9223372036854775808",
  real: "-infinity",
  "double precision": "-infinity",
  text: "",
  "character varying": "",
  uuid: "00000000-0000-0000-0000-000000000000",
};

function cursorLiteral(
  label: string,
  columns: readonly ColumnInfo[],
  { cursor, sql, start, lookback }: QuerySettings,
  at: string | undefined,
): string {
  if (cursor === undefined || sql.search(PLACEHOLDER) === -1) return "null";
  const column = findColumn(label, columns, cursor);
  if (at !== undefined && lookback !== undefined) return lookedBack(column, at, lookback, label);
  const text = at ?? start ?? LEAST[column.carried.replace(/\(.*\)/, "")];
  if (text !== undefined) return literal(column, text);
  throw new SluiceError(
    "connection_invalid",
    `reading ${label}: ${column.type} has no least value that {cursor} could stand for in the first run. Set \`start\` of the query.`,
  );
}
