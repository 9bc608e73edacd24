import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { RunEvent } from "../src/core/events.ts";
import type { PostgresAddress } from "../src/databases/postgres/client.ts";
import { type Ended, run, runToEnd, startRun } from "../test/crash/program.ts";

/** One for all: what is installed for it stays from one time to the next. */
const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, ".sluice", "adapters", "workspace");
/** pip is told by it where packages come from. */
const ENVIRONMENT = process.env as Record<string, string>;

export interface AdapterConnection {
  type: "singer";
  options: object;
  streams?: object;
  /** In TOML. */
  secrets?: string;
  /** More of the connection's `schema`. */
  schema?: object;
}

/** A workspace on disk and the program as people have it. */
export interface AdapterWorkspace {
  root: string;
  /** Replaces the one connection, `adapter`. What was loaded before stays. */
  use(connection: AdapterConnection): Promise<void>;
  /** To its end, whatever that is. */
  run(): Promise<Ended>;
  /** The same after a kill: the destination may think for a moment that the dead run lives. Throws unless it succeeds. */
  runToEnd(): Promise<Ended>;
  /** Kills the run with SIGKILL once `when` says so; throws when it has ended before. */
  killed(when: (event: RunEvent) => boolean): Promise<void>;
  /** The connection's streams by what the program itself says. */
  discover(): Promise<string[]>;
}

export async function adapterWorkspace(address: PostgresAddress): Promise<AdapterWorkspace> {
  await mkdir(join(FOLDER, ".dlt"), { recursive: true });
  const write = (connection: AdapterConnection) => writeWorkspace(address, connection);
  // The state of the last test's connection is of another database.
  await rm(join(FOLDER, "config.json"), { force: true });
  return {
    root: FOLDER,
    use: write,
    run: () => run(FOLDER, "adapter", { env: ENVIRONMENT }),
    runToEnd: () => runToEnd(FOLDER, "adapter", { env: ENVIRONMENT }),
    killed,
    async discover() {
      const args = ["connections", "discover", "adapter", "--json", "--workspace", FOLDER];
      const { stdout } = await promisify(execFile)(join(ROOT, "bin", "sluice"), args);
      const { streams } = JSON.parse(stdout) as { streams: { name: string }[] };
      return streams.map(({ name }) => name);
    },
  };
}

async function killed(when: (event: RunEvent) => boolean): Promise<void> {
  const { child, ended } = startRun(FOLDER, "adapter", { env: ENVIRONMENT });
  if (child.stdout === null) throw new Error("the run has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    if (!when(JSON.parse(line) as RunEvent)) continue;
    child.kill("SIGKILL");
    break;
  }
  const { signal, output } = await ended;
  if (signal !== "SIGKILL") throw new Error(`the run was over before it could be killed: ${output}`);
}

async function writeWorkspace(address: PostgresAddress, connection: AdapterConnection): Promise<void> {
  const { type, options, streams, secrets, schema } = connection;
  const entry = {
    // The same for all time: what is loaded is known by it.
    id: "0193f0c2-7d1e-7c55-9b0e-3f6f7a0c1d22",
    ...{ name: "adapter", type, schema: { options, ...(streams === undefined ? {} : { streams }), ...schema } },
  };
  const config = { version: 1, connections: [entry], settings: { destination: "postgres" } };
  const fields = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const destination = ["[destination.postgres.credentials]", ...fields].join("\n");
  await writeFile(join(FOLDER, "config.json"), JSON.stringify(config));
  await writeFile(join(FOLDER, ".dlt", "secrets.toml"), `${destination}\n[sources.adapter]\n${secrets ?? ""}\n`, {
    mode: 0o600,
  });
}
