import { connectPostgres, type PostgresAddress } from "./client.ts";
import { asDestinationError } from "./destination-error.ts";

export interface TableOverview {
  schema: string;
  name: string;
  /** As the planner thinks; undefined before the table was ever analysed. */
  rows: number | undefined;
  /** With indexes and what is stored out of line. */
  bytes: number;
}

export interface DatabaseOverview {
  version: string;
  bytes: number;
  /** By schema and name; the server's own are left out. */
  tables: TableOverview[];
}

const TABLES = `
  select n.nspname as schema, c.relname as name, c.reltuples::float8 as rows, pg_total_relation_size(c.oid)::float8 as bytes
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
  order by n.nspname like '\\_sluice%', n.nspname, c.relname`;

/** What is in a database. Looks only; no table is read. Throws as `connectPostgres` does. */
export async function databaseOverview(address: PostgresAddress): Promise<DatabaseOverview> {
  const client = await connectPostgres(address, { application_name: "sluice db status" });
  try {
    const { rows: of } = await client.query(
      "select current_setting('server_version') as version, pg_database_size(current_database())::float8 as bytes",
    );
    const { rows } = await client.query<TableOverview & { rows: number }>(TABLES);
    const tables = rows.map((table) => ({ ...table, rows: table.rows < 0 ? undefined : table.rows }));
    return { version: of[0].version, bytes: of[0].bytes, tables };
  } catch (error) {
    throw asDestinationError(error, "looking at the database");
  } finally {
    await client.end().catch(() => {});
  }
}
