import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
/** As `bin/sluice` does, without the shell before it: a kill shall meet the program. */
const FLAGS = ["--max-semi-space-size=16", "--expose-gc"];
export const ALREADY_RUNNING = 5;
/** A run that is killed frees its lock in the destination within about a second; this is far beyond. */
export const PATIENCE_MS = 60_000;
export const PAUSE_MS = 50;

export interface StartOptions {
  /** A module of `preloads/` that the program loads before anything else. */
  preload?: "kill-at" | "hold-at" | "note-milestones" | "shift-clock";
  env?: Readonly<Record<string, string>>;
  flags?: readonly string[];
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last of stdout and stderr, for people. */
  output: string;
  // biome-ignore lint/suspicious/noExplicitAny: events and results of many shapes.
  events: any[];
  // biome-ignore lint/suspicious/noExplicitAny: as above; undefined when the program did not come to print one.
  result: any;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts `sluice headless <connection>`. */
export function startRun(root: string, connection: string, options: StartOptions = {}): Started {
  return start(["headless", connection, "--workspace", root, ...(options.flags ?? [])], options);
}

/** Any other command. */
export function sluice(root: string, args: readonly string[]): Promise<Ended> {
  return start([...args, "--workspace", root]).ended;
}

export function run(root: string, connection: string, options?: StartOptions): Promise<Ended> {
  return startRun(root, connection, options).ended;
}

/** Runs until it succeeds, waiting while the destination still thinks that a killed run lives. */
export async function runToEnd(root: string, connection: string, options?: StartOptions): Promise<Ended> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const ended = await run(root, connection, options);
    if (ended.code === 0) return ended;
    if (ended.code !== ALREADY_RUNNING || Date.now() > deadline)
      throw new Error(`${connection} ended with ${ended.code ?? ended.signal}:\n${ended.output}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

let isBuilt = false;

/** Starts any command, from a build that is as new as the sources. */
export function start(command: readonly string[], { preload, env = {} }: StartOptions = {}): Started {
  if (!isBuilt) execFileSync(process.execPath, [join(ROOT, "scripts/build.ts"), "--if-stale"], { stdio: "ignore" });
  isBuilt = true;
  const module = preload === undefined ? [] : [new URL(`./preloads/${preload}.ts`, import.meta.url).href];
  const args = [...FLAGS, ...module.flatMap((url) => ["--import", url]), join(ROOT, "dist/main.js"), ...command];
  const { PATH } = process.env;
  const child = spawn(process.execPath, args, { env: { PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  return { child, ended: outcomeOf(child) };
}

async function outcomeOf(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  // A killed process may have written half a line.
  const lines = stdout
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith('{"v":'))
    .map((line) => JSON.parse(line));
  const result = lines.at(-1)?.kind === "result" ? lines.pop() : undefined;
  return { code, signal, output: `${stdout.slice(-4000)}\n${stderr.slice(-4000)}`, events: lines, result };
}
