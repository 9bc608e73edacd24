import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadRegistry } from "../../src/connector/registry.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { type Clock, systemClock } from "../../src/core/time.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { runConnection } from "../../src/runner/run-connection.ts";
import type { RunnerDeps, RunOptions, RunRequest } from "../../src/runner/run-request.ts";
import { openWorkspace } from "../../src/workspace/locate.ts";

export interface TestConnection {
  name: string;
  options?: unknown;
  schema?: object;
  [key: string]: unknown;
}

export interface TestWorkspace extends AsyncDisposable {
  root: string;
  config: string;
  deps: RunnerDeps;
  /** Runs a connection and returns the result with every event. No retries unless asked for. */
  run(connection: string, request?: Partial<RunRequest>, options?: RunOptions): Promise<Finished>;
  readConfig(): Promise<{ connections: { name: string; state?: { streams: Record<string, { cursor: unknown }> } }[] }>;
}

export interface Finished {
  result: Awaited<ReturnType<typeof runConnection>>;
  events: RunEvent[];
}

export const CONNECTORS = join(import.meta.dirname, "connectors");

/** Time goes by as always, but nobody sleeps. */
export const sleepless: Clock = { now: () => Date.now(), sleep: async (_ms, signal) => signal?.throwIfAborted() };

export interface TestWorkspaceOptions {
  connections: TestConnection[];
  address?: PostgresAddress;
  settings?: object;
  secrets?: string;
  clock?: Clock;
  /** Folder of the connectors; the scripted one unless given. */
  connectors?: string;
}

/** A workspace in a folder of its own, whose connections use the scripted connector and load into `address`. */
export async function testWorkspace(options: TestWorkspaceOptions): Promise<TestWorkspace> {
  const root = await mkdtemp(join(tmpdir(), "sluice-runner-"));
  const config = join(root, "config.json");
  const settings = { destination: "postgres", backoff_s: 0.01, ...options.settings };
  await writeFile(config, JSON.stringify({ version: 1, connections: options.connections.map(entryOf), settings }));
  await mkdir(join(root, ".dlt"));
  const secrets = `${credentialsToml(options.address)}\n${options.secrets ?? ""}`;
  await writeFile(join(root, ".dlt", "secrets.toml"), secrets, { mode: 0o600 });
  const workspace = openWorkspace({ workspace: root, env: {} });
  const registry = loadRegistry({ builtin: options.connectors ?? CONNECTORS });
  const deps: RunnerDeps = { workspace, registry, clock: options.clock ?? systemClock, version: "0.0.0-test" };
  return {
    ...{ root, config, deps },
    async run(connection, request = {}, runOptions = {}) {
      const events: RunEvent[] = [];
      const onEvent: RunOptions["onEvent"] = (event, line) => {
        events.push(event);
        runOptions.onEvent?.(event, line);
      };
      const asked = { connection, trigger: "cli" as const, retries: 0, ...request };
      const result = await runConnection(deps, asked, { ...runOptions, onEvent });
      return { result, events };
    },
    readConfig: async () => JSON.parse(await readFile(config, "utf8")),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

function entryOf({ name, options, schema, ...rest }: TestConnection): object {
  return { name, type: "scripted", schema: { options: options ?? { streams: {} }, ...schema }, ...rest };
}

function credentialsToml(address: PostgresAddress | undefined): string {
  if (address === undefined) return "";
  const fields = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return ["[destination.postgres.credentials]", ...fields].join("\n");
}
