import { connectPostgres, type PostgresAddress } from "./client.ts";
import { asDestinationError } from "./destination-error.ts";
import { quoteTable } from "./identifiers.ts";
import { readDestinationId } from "./system-schema.ts";

/**
 * Drops the tables that a connection loaded and everything that Sluice kept about it here, in one transaction. Returns
 * the tables' names. Throws when something else depends on one of them; then nothing is dropped.
 */
export async function dropConnectionTables(address: PostgresAddress, connectionId: string): Promise<string[]> {
  const client = await connectPostgres(address, { application_name: "sluice" });
  try {
    if ((await readDestinationId(client)) === undefined) return [];
    await client.query("begin");
    const { rows } = await client.query<{ namespace: string; table_name: string }>(
      "select namespace, table_name from _sluice.tables where connection_id = $1 order by 1, 2",
      [connectionId],
    );
    for (const { namespace, table_name } of rows) {
      await client.query(`drop table if exists ${quoteTable(namespace, table_name)}`);
    }
    for (const table of ["tables", "state", "leases"]) {
      await client.query(`delete from _sluice.${table} where connection_id = $1`, [connectionId]);
    }
    await client.query("commit");
    return rows.map(({ namespace, table_name }) => `${namespace}.${table_name}`);
  } catch (error) {
    throw asDestinationError(error, "dropping the tables of a connection");
  } finally {
    await client.end().catch(() => {});
  }
}
