import type { BenchWorkspace } from "./bench-workspace.ts";

/** Throws unless both tables hold the same rows, in whatever order, in these columns. */
export async function assertSameRows(
  ws: BenchWorkspace,
  tables: readonly [string, string],
  columns: readonly string[],
): Promise<void> {
  const list = columns.map((column) => `t."${column}"`).join(", ");
  const sums = await Promise.all(
    tables.map(async (table) => {
      const [found] = await ws.query(
        `select count(*) || ' rows, ' || sum(hashtextextended(row(${list})::text, 0)) as sum from ${table} t`,
      );
      return found?.["sum"];
    }),
  );
  if (sums[0] !== sums[1] || sums[0] === null) throw new Error(`${tables.join(" and ")} differ: ${sums.join("; ")}`);
}

/** Throws unless the table holds so many rows, with ids from 1 on. */
export async function assertRows(ws: BenchWorkspace, table: string, rows: number): Promise<void> {
  const [found] = await ws.query(`select count(*)::int8 as n, sum(id)::int8 as sum from ${table}`);
  if (Number(found?.["n"]) === rows && Number(found?.["sum"]) === (rows * (rows + 1)) / 2) return;
  throw new Error(`${table} holds ${JSON.stringify(found)} after ${rows} rows were read`);
}
