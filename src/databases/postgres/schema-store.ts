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

/** The table of a list in the rows of a stream, by the fields that lead to the list. */
export interface StoredChild<Column> extends StoredTable<Column> {
  path: string[];
}

/** Stands between the name of a stream and the way to a list: no source has it in a stream's name. */
const SEPARATOR = "\u001f";

/** What the table of a list is recorded under, in the place of a stream. */
export function childIdentity(stream: string, path: readonly string[]): string {
  return `${stream}${SEPARATOR}${JSON.stringify(path)}`;
}

export async function readStoredTables<Column>(
  client: pg.Client,
  { connection_id, stream }: StreamIdentity,
): Promise<{ own: StoredTable<Column> | undefined; children: StoredChild<Column>[] }> {
  const { rows } = await client.query(
    `select stream, namespace, table_name as table, columns from _sluice.tables
     where connection_id = $1 and (stream = $2 or starts_with(stream, $3))`,
    [connection_id, stream, stream + SEPARATOR],
  );
  const children = rows
    .filter((row) => row.stream !== stream)
    .map((row) => ({ ...row, path: JSON.parse(row.stream.slice(stream.length + SEPARATOR.length)) }));
  return { own: rows.find((row) => row.stream === stream), children };
}

/** The tables in a schema that the connection's other streams are loaded into. */
export async function readTablesOfOthers(
  client: pg.Client,
  { connection_id, stream }: StreamIdentity,
  namespace: string,
): Promise<string[]> {
  const { rows } = await client.query(
    `select table_name from _sluice.tables
     where connection_id = $1 and namespace = $2 and stream <> $3 and not starts_with(stream, $4)`,
    [connection_id, namespace, stream, stream + SEPARATOR],
  );
  return rows.map((row) => row.table_name);
}

/** Forgets the tables of a stream's lists. */
export async function forgetChildren(client: pg.Client, { connection_id, stream }: StreamIdentity): Promise<void> {
  await client.query("delete from _sluice.tables where connection_id = $1 and starts_with(stream, $2)", [
    connection_id,
    stream + SEPARATOR,
  ]);
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
