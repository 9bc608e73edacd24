import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadRegistry } from "../../../src/connector/registry.ts";
import type { FreshDatabase } from "../../harness/postgres.ts";
import { type TestWorkspace, testWorkspace } from "../../runner/test-workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");
export const SOURCE = join(import.meta.dirname, "../../harness/programs/airbyte-source.mjs");

export interface AirbyteSetup {
  /** Of the test's own source: its tables and how it misbehaves. */
  config?: object;
  options?: object;
  schema?: object;
  secrets?: string;
}

/** A workspace with one connection, `shop`, that runs the test's source unless its options say otherwise. */
export async function airbyteWorkspace(database: FreshDatabase, setup: AirbyteSetup): Promise<TestWorkspace> {
  const options = {
    command: process.execPath,
    args: [SOURCE],
    ...(setup.config && { config: setup.config }),
    ...setup.options,
  };
  const ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "shop", type: "airbyte", options, schema: { checkpoint_s: 0.001, ...setup.schema } }],
    ...(setup.secrets === undefined ? {} : { secrets: `[sources.shop]\n${setup.secrets}` }),
  });
  ws.deps.registry = loadRegistry({ builtin: CONNECTORS });
  return ws;
}

/** One line a command that the source was run with. */
export interface SeenCommand {
  args: string[];
  config: Record<string, unknown>;
  state?: unknown;
  catalog: { streams: Record<string, unknown>[] };
}

export async function seenCommands(file: string): Promise<SeenCommand[]> {
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as SeenCommand);
}

/** The last command of a kind. */
export async function lastSeen(file: string, command: string): Promise<SeenCommand> {
  const found = (await seenCommands(file)).filter(({ args }) => args.includes(command));
  return found.at(-1) as SeenCommand;
}
