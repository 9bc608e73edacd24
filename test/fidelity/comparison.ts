import type pg from "pg";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";

export interface ColumnType {
  name: string;
  type: string;
}

/** Columns in their order, without those that Sluice adds. */
export async function columnsOf({ client, schema, table }: Side): Promise<ColumnType[]> {
  const { rows } = await client.query(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = format('%I.%I', $1::text, $2::text)::regclass and attnum > 0 and not attisdropped
       and attname not in ('_sluice_loaded_at', '_sluice_run_id') order by attnum`,
    [schema, table],
  );
  return rows;
}

export interface Side {
  client: pg.Client;
  schema: string;
  table: string;
  /** Without the rows of tables that inherit from it. */
  only?: boolean;
}

/**
 * Rows that only one side has, by their columns' values: `except all` both ways, asked of the destination. Both sides may
 * be in different databases, so that the rows of the source come as a parameter. Where rows differ, the columns that do
 * are told with what they hold.
 */
export async function rowDifferences(source: Side, loaded: Side, names?: readonly string[]): Promise<string[]> {
  const columns = names ?? (await columnsOf(source)).map(({ name }) => name);
  const whole = await exceptAll(source, loaded, rowText(columns));
  if (whole.length === 0) return [];
  const single: string[] = [];
  for (const name of columns) {
    const found = await exceptAll(source, loaded, rowText([name]));
    single.push(...found.map((difference) => `${name} ${difference}`));
  }
  return single.length > 0 ? single : whole;
}

/** Enough to see what it is. */
const SHOWN = 200;

async function exceptAll(source: Side, loaded: Side, expression: string): Promise<string[]> {
  const there = await source.client.query(`select ${expression} as row from ${nameOf(source)}`);
  const { rows } = await loaded.client.query(
    `with there as (select unnest($1::text[]) as row), here as (select ${expression} as row from ${nameOf(loaded)})
     select 'missing: ' || coalesce(left(row, ${SHOWN}), 'null') as what from (table there except all table here) a
     union all select 'extra: ' || coalesce(left(row, ${SHOWN}), 'null') from (table here except all table there) b`,
    [there.rows.map(({ row }) => row)],
  );
  return rows.map(({ what }) => what);
}

/**
 * Values as their text and as the server writes them, as neither says it all: as text, `character` has no blanks at its
 * end, and `xml` is written without the encoding that it declares.
 */
function rowText(columns: readonly string[]): string {
  const names = columns.map((name) => quoteIdentifier(name));
  return `row(array[${names.map((name) => `${name}::text`).join(", ")}], ${names.join(", ")})::text`;
}

function nameOf({ schema, table, only }: Side): string {
  return only === true ? `only ${quoteTable(schema, table)}` : quoteTable(schema, table);
}
