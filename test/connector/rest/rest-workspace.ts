import { join } from "node:path";
import { loadRegistry } from "../../../src/connector/registry.ts";
import type { Clock } from "../../../src/core/time.ts";
import type { FreshDatabase } from "../../harness/postgres.ts";
import { type TestWorkspace, testWorkspace } from "../../runner/test-workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");

export interface RestSetup {
  /** Options of the connector, with `base_url`. */
  options: unknown;
  /** Settings beside the options: `max_rejects`, `streams` … */
  schema?: object;
  secrets?: Readonly<Record<string, string>>;
}

/** A workspace with one connection, `api`, that loads with the connector `rest_api` into the schema `api`. */
export async function restWorkspace(database: FreshDatabase, setup: RestSetup): Promise<TestWorkspace> {
  const lines = Object.entries(setup.secrets ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "api", type: "rest_api", options: setup.options, ...withSchema(setup.schema) }],
    clock: skippingClock(),
    ...(lines.length === 0 ? {} : { secrets: `[sources.api]\n${lines.join("\n")}` }),
  });
  ws.deps.registry = loadRegistry({ builtin: CONNECTORS });
  return ws;
}

/** Time goes by as always, and sleeping is going ahead in it. */
export function skippingClock(): Clock {
  let skipped_ms = 0;
  return {
    now: () => Date.now() + skipped_ms,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      skipped_ms += ms;
    },
  };
}

/** Changes the options of the connection in the workspace's config. */
export async function changeOptions(ws: TestWorkspace, change: (options: LooseOptions) => void): Promise<void> {
  const { readFile, writeFile } = await import("node:fs/promises");
  const config = JSON.parse(await readFile(ws.config, "utf8"));
  change(config.connections[0].schema.options);
  await writeFile(ws.config, JSON.stringify(config));
}

// biome-ignore lint/suspicious/noExplicitAny: options of any shape, some of them wrong.
export type LooseOptions = any;

/** All rows of a table as JSON, without Sluice's own columns, in the order of a column. */
export async function rowsOf(database: FreshDatabase, table: string, order = "id"): Promise<unknown[]> {
  const { rows } = await database.client.query(
    `select to_jsonb(t) - '_sluice_loaded_at' - '_sluice_run_id' as row from ${table} t order by ${order}`,
  );
  return rows.map(({ row }) => row);
}

export async function countOf(database: FreshDatabase, table: string): Promise<number> {
  const { rows } = await database.client.query(`select count(*)::int as count from ${table}`);
  return rows[0].count;
}

function withSchema(schema: object | undefined): object {
  return schema === undefined ? {} : { schema };
}
