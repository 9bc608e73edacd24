import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { uuidv7 } from "../../src/core/ids.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { type Ended, run, runToEnd, start, startRun } from "../../test/crash/program.ts";

/** One for all: what is installed in it stays from one time to the next. */
const FOLDER = join(import.meta.dirname, "../../.sluice/adapters/airbyte");
/** pip is told by it where packages come from. */
const ENVIRONMENT = process.env as Record<string, string>;

export interface SourceConnection {
  options: object;
  streams?: object | undefined;
  /** In TOML. */
  secrets?: string | undefined;
}

/** A workspace on disk, with several connections that are all alike, and the program as people have it. */
export interface SourceWorkspace {
  root: string;
  /** The streams by what the source itself says, with the mode in which each would be loaded. */
  discover(connection: string): Promise<Record<string, string>>;
  run(connection: string): Promise<Ended>;
  /** After a kill: the destination may think for a moment that the dead run lives. Throws unless it succeeds. */
  runToEnd(connection: string): Promise<Ended>;
  /** Kills the run with SIGKILL once so many rows have been committed; returns how many had been. */
  kill(connection: string, rows: number): Promise<number>;
}

export async function sourceWorkspace(
  address: PostgresAddress,
  names: readonly string[],
  connection: SourceConnection,
): Promise<SourceWorkspace> {
  await mkdir(join(FOLDER, ".dlt"), { recursive: true });
  for (const part of ["config.json", "runs", "run_logs", "backups"])
    await rm(join(FOLDER, part), { recursive: true, force: true });
  await writeWorkspace(address, names, connection);
  const env = ENVIRONMENT;
  return {
    root: FOLDER,
    async discover(name) {
      const { child, ended } = start(["connections", "discover", name, "--json", "--workspace", FOLDER], { env });
      let stdout = "";
      child.stdout?.on("data", (text) => (stdout += text));
      const { code, output } = await ended;
      if (code !== 0) throw new Error(`discovering ended with ${code}: ${output}`);
      const { streams } = JSON.parse(stdout) as { streams: { name: string; mode: string }[] };
      return Object.fromEntries(streams.map((stream) => [stream.name, stream.mode]));
    },
    run: (name) => run(FOLDER, name, { env }),
    runToEnd: (name) => runToEnd(FOLDER, name, { env }),
    kill,
  };
}

async function kill(connection: string, rows: number): Promise<number> {
  const { child, ended } = startRun(FOLDER, connection, { env: ENVIRONMENT });
  let committed = 0;
  if (child.stdout === null) throw new Error("the run has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    const { kind, data } = JSON.parse(line);
    if (kind === "checkpoint.commit") committed += data.rows;
    if (committed < rows) continue;
    child.kill("SIGKILL");
    break;
  }
  const { signal, output } = await ended;
  if (signal !== "SIGKILL") throw new Error(`the run was over before it could be killed: ${output}`);
  return committed;
}

async function writeWorkspace(
  address: PostgresAddress,
  names: readonly string[],
  { options, streams, secrets = "" }: SourceConnection,
): Promise<void> {
  const schema = { options, ...(streams && { streams }), checkpoint_s: 0.001 };
  const connections = names.map((name) => ({ id: uuidv7(), name, type: "airbyte", schema }));
  const config = { version: 1, connections, settings: { destination: "postgres" } };
  const fields = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const sections = names.map((name) => `[sources.${name}]\n${secrets}\n`);
  const texts = ["[destination.postgres.credentials]", ...fields, ...sections];
  await writeFile(join(FOLDER, "config.json"), JSON.stringify(config));
  await writeFile(join(FOLDER, ".dlt", "secrets.toml"), texts.join("\n"), { mode: 0o600 });
}
