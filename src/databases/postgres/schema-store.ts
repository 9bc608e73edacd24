import type pg from "pg";

/** One row of `_sluice.tables`: the table that a stream loads and which source field each of its columns comes from. */
export interface StoredTable<Column> {
  namespace: string;
  table: string;
  columns: Column[];
}

export interface StreamIdentity {
  connection_id: string;
  stream: string;
}

export async function readStoredTable<Column>(
  client: pg.Client,
  { connection_id, stream }: StreamIdentity,
): Promise<StoredTable<Column> | undefined> {
  const { rows } = await client.query(
    "select namespace, table_name, columns from _sluice.tables where connection_id = $1 and stream = $2",
    [connection_id, stream],
  );
  const row = rows[0];
  return row === undefined ? undefined : { namespace: row.namespace, table: row.table_name, columns: row.columns };
}

/** Runs inside the transaction that makes the table what is recorded. */
export async function storeTable(
  client: pg.Client,
  identity: StreamIdentity & { run_id: string },
  stored: StoredTable<unknown>,
): Promise<void> {
  await client.query(
    `insert into _sluice.tables (connection_id, stream, namespace, table_name, columns, run_id)
     values ($1, $2, $3, $4, $5::json, $6)
     on conflict (connection_id, stream) do update set namespace = excluded.namespace,
       table_name = excluded.table_name, columns = excluded.columns, run_id = excluded.run_id, updated_at = now()`,
    [
      identity.connection_id,
      identity.stream,
      stored.namespace,
      stored.table,
      JSON.stringify(stored.columns),
      identity.run_id,
    ],
  );
}
