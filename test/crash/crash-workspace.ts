import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uuidv7 } from "../../src/core/ids.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import type { CrashSource, Mode } from "./sources/crash-source.ts";

export interface CrashWorkspace extends AsyncDisposable {
  root: string;
  /** The path of config.json. */
  config: string;
  /** Rewrites config.json with what the change made of it. */
  configure(change: (config: Config) => void): Promise<void>;
}

/** Loose on purpose: tests change whatever they like. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Config = any;

/** Small, so that a kill finds a run between two checkpoints as often as within one. */
const CHECKPOINT_MB = 0.05;
const NAMES = ["killed", "reference"];

export interface WorkspaceOptions {
  address: PostgresAddress;
  source: CrashSource;
  mode: Mode;
  /** Settings of the connections, beside those that the source needs. */
  schema?: object;
  settings?: object;
}

/** Two connections that read the same source in the same way: one is attacked, `reference` never. */
export async function crashWorkspace(options: WorkspaceOptions): Promise<CrashWorkspace> {
  const { address, source, mode } = options;
  const root = await mkdtemp(join(tmpdir(), "sluice-crash-"));
  const path = join(root, "config.json");
  await mkdir(join(root, ".dlt"));
  const { type, schema } = source.connection(mode);
  const wanted = { inference_rows: 200, checkpoint_mb: CHECKPOINT_MB, ...schema, ...options.schema };
  const connections = NAMES.map((name) => ({ id: uuidv7(), name, type, schema: wanted }));
  const settings = { destination: "postgres", backoff_s: 0.1, ...options.settings };
  await writeFile(path, JSON.stringify({ version: 1, connections, settings }, null, 2));
  const sections = [
    section("destination.postgres.credentials", address),
    ...NAMES.map((name) => section(`sources.${name}`, source.secrets ?? {})),
  ];
  await writeFile(join(root, ".dlt", "secrets.toml"), sections.join("\n"), { mode: 0o600 });
  return {
    root,
    config: path,
    async configure(change) {
      const config = JSON.parse(await readFile(path, "utf8"));
      change(config);
      await writeFile(path, JSON.stringify(config, null, 2));
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

function section(name: string, fields: object): string {
  const lines = Object.entries(fields).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  return `[${name}]\n${lines.join("")}`;
}
