import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadRegistry } from "../../../src/connector/registry.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import type { FreshDatabase } from "../../harness/postgres.ts";
import { type TestWorkspace, testWorkspace } from "../../runner/test-workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");
export const TAP = join(import.meta.dirname, "../../harness/programs/tap.mjs");

export interface SingerSetup {
  /** Of the test's own tap: its tables and how it misbehaves. */
  config?: object;
  options?: object;
  schema?: object;
  secrets?: string;
}

/** A workspace with one connection, `tap`, that runs the test's tap unless its options say otherwise. */
export async function singerWorkspace(database: FreshDatabase, setup: SingerSetup): Promise<TestWorkspace> {
  const options = {
    command: process.execPath,
    args: [TAP],
    ...(setup.config && { config: setup.config }),
    ...setup.options,
  };
  const ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "tap", type: "singer", options, schema: { checkpoint_s: 0.001, ...setup.schema } }],
    ...(setup.secrets === undefined ? {} : { secrets: `[sources.tap]\n${setup.secrets}` }),
  });
  ws.deps.registry = loadRegistry({ builtin: CONNECTORS });
  return ws;
}

/** Changes the options of the connection in the workspace's config. */
export async function changeConfig(ws: TestWorkspace, change: (config: LooseConfig) => void): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  const file = JSON.parse(await readFile(ws.config, "utf8"));
  change(file.connections[0].schema.options);
  await writeFile(ws.config, JSON.stringify(file));
}

// biome-ignore lint/suspicious/noExplicitAny: options of any shape, some of them wrong.
export type LooseConfig = any;

export function messagesOf(events: readonly RunEvent[]): string[] {
  return events.flatMap(({ message }) => (message === undefined ? [] : [message]));
}
