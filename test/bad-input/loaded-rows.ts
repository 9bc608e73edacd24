import type { FreshDatabase } from "../harness/postgres.ts";

/** Rows of a table as `id,item`, in order of their ids; undefined when there is no table. */
export async function rowsOf({ client }: FreshDatabase, table: string): Promise<string[] | undefined> {
  const found = await client.query("select to_regclass($1) is not null as found", [table]);
  if (found.rows[0].found !== true) return undefined;
  const { rows } = await client.query(`select concat_ws(',', id, item) as row from ${table} order by id, item`);
  return rows.map(({ row }) => row);
}

/** How many rows `orders` has, and how many different ids. */
export async function countsOf({ client }: FreshDatabase, namespace: string): Promise<{ rows: number; ids: number }> {
  const found = await client.query(
    `select count(*)::int as rows, count(distinct id)::int as ids from ${namespace}.orders`,
  );
  return found.rows[0];
}
