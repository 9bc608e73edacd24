import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";

export type Mode = "append" | "replace" | "merge";

export interface CrashWorkspace extends AsyncDisposable {
  root: string;
  /** The file that both connections read. */
  source: string;
}

/** Small, so that a kill finds a run between two checkpoints as often as within one. */
const CHECKPOINT_MB = 0.25;

/**
 * Two connections that read the same file in the same way: `orders` is killed again and again, `reference` never.
 */
export async function crashWorkspace(address: PostgresAddress, mode: Mode): Promise<CrashWorkspace> {
  const root = await mkdtemp(join(tmpdir(), "sluice-crash-"));
  const source = join(root, "data", "orders.csv");
  await mkdir(join(root, "data"));
  await mkdir(join(root, ".dlt"));
  const connections = ["orders", "reference"].map((name) => connection(name, mode));
  const config = { version: 1, connections, settings: { destination: "postgres", backoff_s: 0.1 } };
  await writeFile(join(root, "config.json"), JSON.stringify(config, null, 2));
  const fields = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const secrets = `[destination.postgres.credentials]\n${fields.join("\n")}\n`;
  await writeFile(join(root, ".dlt", "secrets.toml"), secrets, { mode: 0o600 });
  return { root, source, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

function connection(name: string, mode: Mode): object {
  return {
    name,
    type: "files",
    schema: {
      options: { path: "data/orders.csv", stream: "orders" },
      streams: { orders: { mode, primary_key: ["id"] } },
      inference_rows: 200,
      checkpoint_mb: CHECKPOINT_MB,
    },
  };
}
