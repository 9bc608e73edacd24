import type pg from "pg";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";

/** Throws unless both schemas hold the same tables with the same rows, duplicates counted. Returns the rows by table. */
export async function assertSameRows(
  client: pg.Client,
  [killed, reference]: readonly [string, string],
  leftOut: readonly string[] = [],
): Promise<Record<string, number>> {
  const tables = await columnsOf(client, reference, leftOut);
  const others = await columnsOf(client, killed, leftOut);
  if (JSON.stringify([...tables]) !== JSON.stringify([...others]))
    throw new Error(`tables differ: ${JSON.stringify([...others])} instead of ${JSON.stringify([...tables])}`);
  const counts: Record<string, number> = {};
  for (const [table, columns] of tables) {
    const rows = (schema: string) =>
      `select ${columns.map(quoteIdentifier).join(", ")} from ${quoteTable(schema, table)}`;
    const lost = await count(client, `${rows(reference)} except all ${rows(killed)}`);
    const invented = await count(client, `${rows(killed)} except all ${rows(reference)}`);
    if (lost + invented > 0) throw new Error(`${table}: ${lost} rows are missing and ${invented} are too many`);
    counts[table] = await count(client, rows(reference));
  }
  return counts;
}

export async function count(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as n from (${sql}) counted`);
  return rows[0].n;
}

async function columnsOf(
  client: pg.Client,
  schema: string,
  leftOut: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await client.query(
    `select table_name, array_agg(column_name::text order by column_name) as columns from information_schema.columns
      where table_schema = $1 and column_name not like '\\_sluice%' and column_name <> all ($2) group by 1 order by 1`,
    [schema, leftOut],
  );
  return new Map(rows.map(({ table_name, columns }) => [table_name, columns]));
}
