import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { uuidv7 } from "../../src/core/ids.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { parseOutput } from "../headless/headless-process.ts";

export const SLUICE = join(import.meta.dirname, "../../bin/sluice");

export interface BadInputWorkspace extends AsyncDisposable {
  root: string;
  /** The schema that the connections load into unless they name one: no two workspaces share it. */
  namespace: string;
  read(path: string): Promise<string>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Rewrites `config.json` with what the change made of it. */
  configure(change: (config: Config) => void): Promise<void>;
  start(args: readonly string[], options?: StartOptions): Started;
  sluice(args: readonly string[], options?: StartOptions): Promise<Ended>;
  headless(connection: string, options?: StartOptions): Promise<HeadlessEnd>;
}

/** Loose on purpose: tests put things there that do not belong there. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Config = any;

export interface StartOptions {
  env?: Record<string, string>;
  /** Runs it under a shell with this limit on the size of files, in kibibytes. */
  file_limit_kib?: number;
}

export interface Started {
  child: ChildProcessByStdio<null, Readable, Readable>;
  ended: Promise<Ended>;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

// biome-ignore lint/suspicious/noExplicitAny: events and results of many shapes.
export type HeadlessEnd = Ended & { events: any[]; result: any };

export interface WorkspaceSetup {
  address?: PostgresAddress;
  /** Settings of the connection `orders`, beside its path. */
  schema?: object;
  path?: string;
  files?: Record<string, string | Uint8Array>;
  secrets?: string;
}

/** A workspace folder with one connection, `orders`, that reads `data/orders.csv`; for the program itself to run in. */
export async function badInputWorkspace(setup: WorkspaceSetup = {}): Promise<BadInputWorkspace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "sluice-bad-input-")));
  const namespace = `ns_${uuidv7().replaceAll("-", "").slice(-12)}`;
  const write = async (path: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content, { mode: path.endsWith(".toml") ? 0o600 : 0o644 });
  };
  const schema = { namespace, ...setup.schema, options: { path: setup.path ?? "data/orders.csv" } };
  const orders = { id: uuidv7(), name: "orders", type: "files", schema };
  const settings = { destination: "postgres", retries: 0 };
  await write("config.json", `${JSON.stringify({ version: 1, connections: [orders], settings }, null, 2)}\n`);
  await write(".dlt/secrets.toml", `${credentials(setup.address)}${setup.secrets ?? ""}`);
  for (const [path, content] of Object.entries(setup.files ?? {})) await write(path, content);
  const start: BadInputWorkspace["start"] = (args, options = {}) => startSluice(root, args, options);
  return {
    ...{ root, namespace, write, start },
    read: (path) => readFile(join(root, path), "utf8"),
    async configure(change) {
      const config = JSON.parse(await readFile(join(root, "config.json"), "utf8"));
      change(config);
      await write("config.json", `${JSON.stringify(config, null, 2)}\n`);
    },
    sluice: (args, options) => start(args, options).ended,
    headless: async (connection, options) => {
      const ended = await start(["headless", connection], options).ended;
      return { ...ended, ...parseOutput(ended.stdout) };
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

export interface Refusal {
  code: string;
  exit: number;
  /** What the message must say: the place, what happened, what to do. */
  says: readonly (string | RegExp)[];
}

/**
 * Runs the connection, which must fail in this way and leave behind nothing but its log and its summary. Returns the
 * error as programs get it.
 */
export async function expectRefusal(
  ws: BadInputWorkspace,
  connection: string,
  wanted: Refusal,
  options?: StartOptions,
) {
  const before = await contentsOf(ws.root);
  const { code, result, events, stderr } = await ws.headless(connection, options);
  expect({ exit: code, code: result.error?.code }, stderr).toEqual({ exit: wanted.exit, code: wanted.code });
  expect(result).toMatchObject({ status: "failed", exit_code: wanted.exit });
  for (const words of wanted.says) expect(result.error.message).toMatch(words);
  expect(stderr).toContain(result.error.message);
  expect(result.report_text).not.toContain("nothing new");
  if (events.length > 0) expect(events.at(-1)).toMatchObject({ kind: "run.finish", data: { error: result.error } });
  expect(await contentsOf(ws.root)).toEqual(before);
  return { error: result.error, result, events };
}

/** Finished logs and summaries, locks that are held, and what a first visit to the destination writes. */
const EXPECTED =
  /^(run_logs\/[-\d]+\/\w+_[-\w]+_events\.jsonl|runs\/[-\d]+\/\w+_\w+\.json|backups\/config\.json\.\w+\.bak)$/;

/**
 * Every file of the workspace with its content, save what runs are meant to leave and what the test itself changes; the
 * state in the config left out.
 */
export async function contentsOf(root: string, but?: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (!entry.isFile() || EXPECTED.test(path) || path === but) continue;
    const content = await readFile(join(root, path), "latin1");
    contents[path] = path === "config.json" ? withoutState(content) : content;
  }
  return contents;
}

function withoutState(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), (key, value) => (key === "state" ? undefined : value));
  } catch {
    return content;
  }
}

function credentials(address: PostgresAddress | undefined): string {
  if (address === undefined) return "";
  const fields = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  return `[destination.postgres.credentials]\n${fields.join("")}`;
}

function startSluice(root: string, args: readonly string[], { env, file_limit_kib }: StartOptions): Started {
  const { PATH } = process.env;
  const limited = ["bash", "-c", `ulimit -f ${file_limit_kib}; exec "$0" "$@"`, SLUICE];
  const [command = SLUICE, ...rest] = [...(file_limit_kib === undefined ? [SLUICE] : limited), ...args];
  const child = spawn(command, rest, { cwd: root, env: { PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  return { child, ended: outcomeOf(child) };
}

async function outcomeOf(child: Started["child"]): Promise<Ended> {
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, stdout, stderr };
}
