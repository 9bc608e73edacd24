import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectPostgres, type PostgresAddress } from "../src/databases/postgres/client.ts";
import { embeddedStatus, startEmbedded } from "../src/databases/postgres/embedded/embedded-postgres.ts";
import { type Measured, measure } from "./measured-process.ts";

export const ROOT = join(import.meta.dirname, "..");
export const SLUICE = join(ROOT, "bin", "sluice");

/** A connection as config.json has it, as far as benches need it. */
export interface BenchConnection {
  name: string;
  type: string;
  schema: Record<string, unknown>;
  destination?: string;
}

export interface BenchWorkspace extends AsyncDisposable {
  root: string;
  address: PostgresAddress;
  /** Process id of the server. */
  server: number;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Replaces all connections, and what is known of earlier runs. */
  use(connections: readonly BenchConnection[], secrets?: string): Promise<void>;
  command(args: readonly string[]): Promise<Measured>;
  /** Runs another program that uses the server. */
  program(command: string, args: readonly string[]): Promise<Measured>;
  /** Runs a script of ours as a program that uses the server. */
  script(path: string, args: readonly string[]): Promise<Measured>;
  /** Runs a connection as a backend would. */
  run(connection: string): Promise<Measured>;
  /** The next run of the connection starts from nothing: no table, no state. */
  forget(connection: string): Promise<void>;
  /** The next run of the connection finds its table, without rows, and no state. */
  empty(connection: string, table: string): Promise<void>;
}

/** A workspace on an embedded Postgres as users get it (fsync on, logged tables), which runs for as long as the bench does. */
export async function benchWorkspace(folder: string): Promise<BenchWorkspace> {
  const root = join(folder, "workspace");
  await mkdir(join(root, ".dlt"), { recursive: true });
  const place = join(root, ".sluice", "postgres");
  const lease = await startEmbedded({ folder: place, purpose: "bench" });
  const { pid: server } = await embeddedStatus(place);
  if (server === undefined) throw new Error("the embedded Postgres does not run");
  const client = await connectPostgres(lease.address, { application_name: "bench" });
  const query = async (sql: string) => (await client.query(sql)).rows;
  return {
    root,
    address: lease.address,
    server,
    query,
    use: (connections, secrets = "") => writeWorkspace(root, connections, secrets),
    command: (args) => measure(SLUICE, args, { cwd: root, server }),
    program: (command, args) => measure(command, args, { cwd: root, server }),
    script: (path, args) => measure(process.execPath, [path, ...args], { cwd: ROOT, server }),
    run: (connection) => measure(SLUICE, ["headless", connection], { cwd: root, server }),
    async forget(connection) {
      await query(`drop schema if exists "${connection}" cascade`);
      const [known] = await query("select to_regclass('_sluice.state') is not null as there");
      if (known?.["there"] === true) await query("truncate _sluice.state, _sluice.tables");
      await query("checkpoint");
    },
    async empty(connection, table) {
      await query(`truncate "${connection}"."${table}", _sluice.state`);
      await query("checkpoint");
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await lease.release();
    },
  };
}

async function writeWorkspace(root: string, connections: readonly BenchConnection[], secrets: string): Promise<void> {
  for (const part of ["config.json", "runs", "run_logs", "backups"])
    await rm(join(root, part), { recursive: true, force: true });
  await writeFile(join(root, "config.json"), JSON.stringify({ version: 1, connections }));
  await writeFile(join(root, ".dlt", "secrets.toml"), secrets, { mode: 0o600 });
}
