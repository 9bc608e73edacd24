import type pg from "pg";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";

/** What tells one connection's tables from the other's; all of it is to be empty. */
export interface Difference {
  /** Tables whose columns or types are not the same, with both. */
  columns: string[];
  /** Rows that one has and the other has not, by table. */
  lost: Record<string, number>;
  invented: Record<string, number>;
  /** Staging tables of runs that are over. */
  orphans: string[];
}

export const NO_DIFFERENCE: Difference = { columns: [], lost: {}, invented: {}, orphans: [] };

/** Compares all tables of two schemas row by row, duplicates counted; what Sluice adds to rows is left out. */
export async function differenceBetween(client: pg.Client, attacked: string, reference: string): Promise<Difference> {
  const difference: Difference = { columns: [], lost: {}, invented: {}, orphans: await stagingTables(client) };
  const [here, there] = [await columnsOf(client, attacked), await columnsOf(client, reference)];
  for (const table of new Set([...here.keys(), ...there.keys()])) {
    const [mine = [], theirs = []] = [here.get(table), there.get(table)];
    if (mine.join() !== theirs.join()) {
      difference.columns.push(`${table}: ${mine.join(", ")} instead of ${theirs.join(", ")}`);
      continue;
    }
    const rows = (schema: string) => `select ${listOf(mine)} from ${quoteTable(schema, table)}`;
    const lost = await count(client, `${rows(reference)} except all ${rows(attacked)}`);
    const invented = await count(client, `${rows(attacked)} except all ${rows(reference)}`);
    if (lost > 0) difference.lost[table] = lost;
    if (invented > 0) difference.invented[table] = invented;
  }
  return difference;
}

/** `name type` of each column, by table. */
async function columnsOf(client: pg.Client, schema: string): Promise<Map<string, string[]>> {
  const { rows } = await client.query(
    `select c.relname as table, array_agg(attname || ' ' || format_type(atttypid, atttypmod) order by attnum) as columns
     from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
     where nspname = $1 and relkind = 'r' and relname not like '\\_sluice%'
       and attnum > 0 and not attisdropped and attname not like '\\_sluice%'
     group by 1`,
    [schema],
  );
  return new Map(rows.map((row) => [row.table, row.columns]));
}

function listOf(columns: readonly string[]): string {
  return columns.map((column) => `${quoteIdentifier(column.split(" ")[0] ?? "")}::text`).join(", ");
}

async function stagingTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query("select tablename from pg_tables where schemaname = '_sluice_staging'");
  return rows.map((row) => row.tablename);
}

async function count(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as n from (${sql}) as found`);
  return rows[0].n;
}
