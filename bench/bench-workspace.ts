import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectPostgres, type PostgresAddress } from "../src/databases/postgres/client.ts";
import { startEmbedded } from "../src/databases/postgres/embedded/embedded-postgres.ts";
import { COLUMNS, type DataSet } from "./data-set.ts";

export interface BenchWorkspace extends AsyncDisposable {
  root: string;
  address: PostgresAddress;
  query(sql: string): Promise<Record<string, unknown>[]>;
}

/**
 * A workspace with one connection for each file, on an embedded Postgres as users get it (fsync on, logged tables),
 * which runs for as long as the bench does.
 */
export async function benchWorkspace(folder: string, sets: readonly DataSet[]): Promise<BenchWorkspace> {
  const root = join(folder, "workspace");
  for (const part of ["config.json", "runs", "run_logs", "backups"])
    await rm(join(root, part), { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const small = join(root, "one.csv");
  await writeFile(small, "id,name\n1,one\n");
  const files = sets.flatMap(({ rows, csv, ndjson }) => [
    { name: `csv_${rows}`, path: csv },
    { name: `ndjson_${rows}`, path: ndjson },
  ]);
  const connections = [...files, { name: "one", path: small }].map(({ name, path }) => ({
    name,
    type: "files",
    schema: { options: { path, stream: "rows" } },
  }));
  await writeFile(join(root, "config.json"), JSON.stringify({ version: 1, connections }));
  const lease = await startEmbedded({ folder: join(root, ".sluice", "postgres"), purpose: "bench" });
  const client = await connectPostgres(lease.address, { application_name: "bench" });
  return {
    root,
    address: lease.address,
    query: async (sql) => (await client.query(sql)).rows,
    async [Symbol.asyncDispose]() {
      await client.end();
      await lease.release();
    },
  };
}

/** An empty table of the columns that a load infers, for the limit. */
export const LIMIT_TABLE = `create table bench_limit (${COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ")})`;
