import type pg from "pg";

/** A filled staging table that is to meet a table by its first column; names and types need no quotes. */
export interface MergeByHand {
  from: string;
  to: string;
  columns: readonly string[];
  runId: string;
}

/**
 * The limit that merges are held against: the quickest statements that a person would write who knows that keys are unique
 * in the staging table and how many of its rows are in the other. Nothing is counted, looked at or tidied up.
 */
export const BY_HAND = {
  /** Few rows: each is found by the index. */
  async few(client: pg.Client, { from, to, columns, runId }: MergeByHand): Promise<void> {
    const [key] = columns;
    const list = columns.join(", ");
    await client.query(`insert into ${to} as t (${list}, _sluice_run_id) select ${list}, '${runId}'::uuid from ${from}
      on conflict (${key}) do update set ${sets(columns, "excluded", runId)} where ${differ(columns, "excluded")}`);
  },
  /** Many rows: the tables are joined. */
  async many(client: pg.Client, { from, to, columns, runId }: MergeByHand): Promise<void> {
    const [key] = columns;
    const list = columns.join(", ");
    await client.query(`analyze ${from}`);
    await client.query(`update ${to} t set ${sets(columns, "s", runId)} from ${from} s
      where t.${key} = s.${key} and ${differ(columns, "s")}`);
    await client.query(`insert into ${to} (${list}, _sluice_run_id) select ${list}, '${runId}'::uuid from ${from} s
      where not exists (select from ${to} t where t.${key} = s.${key})`);
  },
};

function sets(columns: readonly string[], incoming: string, runId: string): string {
  const values = columns.slice(1).map((name) => `${name} = ${incoming}.${name}`);
  return [...values, "_sluice_loaded_at = now()", `_sluice_run_id = '${runId}'`].join(", ");
}

function differ(columns: readonly string[], incoming: string): string {
  const row = (alias: string) => `(${columns.slice(1).map((name) => `${alias}.${name}`)})`;
  return `${row("t")} is distinct from ${row(incoming)}`;
}
