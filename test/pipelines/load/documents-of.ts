import type pg from "pg";
import { canonicalJson, type JsonValue } from "../../../src/core/json.ts";
import { quoteTable } from "../../../src/databases/postgres/identifiers.ts";

/*
 * The way back from tables to documents, by what the destination itself has recorded of them. Single values are
 * compared by their text, as a column may have become text; a field without a value is the same as none.
 */

interface Recorded {
  path: string[];
  namespace: string;
  table: string;
  columns: { key: string; name: string; variant?: boolean }[];
}

type Stored = Record<string, JsonValue>;

const LINK = /^_sluice_(row_id|parent_.*|position(_\d+)?|loaded_at|run_id)$/;
/** A source's own field of such a name was given one more underscore. */
const ESCAPED = /^_(_+sluice_(?:row_id|parent_.*|position(?:_\d+)?))$/;

/** The documents of a stream as its tables have them, as texts in the order of their ids. */
export async function documentsOf(client: pg.Client, connectionId: string, stream: string): Promise<string[]> {
  const tables = await recordedTables(client, connectionId, stream);
  const rows = new Map<Recorded, Stored[]>();
  for (const table of tables) rows.set(table, await rowsOf(client, table));
  const root = tables.find(({ path }) => path.length === 0);
  if (root === undefined) return [];
  const documents = (rows.get(root) ?? []).map((row) => {
    const isOwn = (child: Stored) => sameParent(row, child);
    return documentOf(root, row, { tables, rows, isOwn, positions: [] });
  });
  return documents.map((document) => canonicalJson(document)).sort();
}

/** A document in the form in which `documentsOf` gives it. */
export function comparable(document: unknown): string {
  return canonicalJson(normalised(document as Record<string, unknown>, 0));
}

interface Place {
  tables: Recorded[];
  rows: Map<Recorded, Stored[]>;
  isOwn: (child: Stored) => boolean;
  positions: JsonValue[];
}

function documentOf(table: Recorded, row: Stored, place: Place): Record<string, JsonValue> {
  const document: Record<string, JsonValue> = {};
  const set = (key: string, value: JsonValue) =>
    Object.defineProperty(document, key.replace(ESCAPED, "$1"), { value, enumerable: true, configurable: true });
  for (const { key, name } of table.columns) {
    const value = row[name] ?? null;
    if (!LINK.test(key) && value !== null) set(key, asText(value));
  }
  const children = place.tables.filter(
    ({ path }) => path.length === table.path.length + 1 && table.path.every((field, i) => path[i] === field),
  );
  for (const child of children) {
    const own = (place.rows.get(child) ?? []).filter((it) => place.isOwn(it) && startsWith(it, place.positions));
    own.sort((a, b) => Number(a["_sluice_position"]) - Number(b["_sluice_position"]));
    if (own.length === 0) continue;
    const items = own.map((it, i) => {
      if (Number(it["_sluice_position"]) !== i + 1) throw new Error(`${child.table} has a gap`);
      return documentOf(child, it, { ...place, positions: [...place.positions, it["_sluice_position"] as JsonValue] });
    });
    set(child.path.at(-1) as string, items);
  }
  return document;
}

function sameParent(row: Stored, child: Stored): boolean {
  if (row["_sluice_row_id"] !== undefined) return child["_sluice_parent_row_id"] === row["_sluice_row_id"];
  return `${child["_sluice_parent_id"]}` === `${row["id"]}`;
}

function startsWith(row: Stored, positions: readonly JsonValue[]): boolean {
  return positions.every((position, i) => row[`_sluice_position_${i + 1}`] === position);
}

async function recordedTables(client: pg.Client, connectionId: string, stream: string): Promise<Recorded[]> {
  const { rows } = await client.query(
    "select stream, namespace, table_name as table, columns from _sluice.tables where connection_id = $1",
    [connectionId],
  );
  return rows
    .filter((row) => row.stream === stream || row.stream.startsWith(`${stream}\u001f`))
    .map((row) => ({ ...row, path: row.stream === stream ? [] : JSON.parse(row.stream.slice(stream.length + 1)) }));
}

async function rowsOf(client: pg.Client, { namespace, table }: Recorded): Promise<Stored[]> {
  const { rows } = await client.query(`select to_json(t)::text as row from ${quoteTable(namespace, table)} t`);
  return rows.map(({ row }) => JSON.parse(row));
}

function normalised(document: Record<string, unknown>, depth: number): Record<string, JsonValue> {
  const entries = Object.entries(document).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const isTable = depth < 3 && Array.isArray(value) && value.length > 0 && value.every(isObject);
      return [key, isTable ? value.map((item) => normalised(item, depth + 1)) : asText(value as JsonValue)];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value's text; of lists and objects, whether they are that or stand in a text, with sorted keys. */
function asText(value: JsonValue): string {
  if (typeof value === "object") return canonicalJson(value);
  const text = `${value}`;
  return /^[[{]/.test(text) ? canonicalJson(JSON.parse(text)) : text;
}
