import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CONNECTORS, type TestWorkspace } from "../runner/test-workspace.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

export interface HeadlessRun {
  child: ChildProcessWithoutNullStreams;
  /** Resolves when the process has ended and everything it wrote has been read. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

/** Starts the real program on a workspace, whose own connectors are the scripted ones. */
export async function startHeadless(ws: Pick<TestWorkspace, "root">, args: readonly string[]): Promise<HeadlessRun> {
  const folder = join(ws.root, "connectors");
  await mkdir(folder, { recursive: true });
  await cp(CONNECTORS, folder, { recursive: true });
  const { PATH } = process.env;
  const child = spawn(process.execPath, [MAIN, "headless", ...args], { cwd: ws.root, env: { PATH } });
  return { child, ended: outcomeOf(child) };
}

/** Runs to the end, with `input` on stdin. */
export async function runHeadless(ws: Pick<TestWorkspace, "root">, args: readonly string[], input = "") {
  const { child, ended } = await startHeadless(ws, args);
  child.stdin.end(input);
  const { stdout, ...rest } = await ended;
  return { ...rest, ...parseOutput(stdout) };
}

/** Every line must be JSON, and the last one the result. */
export function parseOutput(stdout: string) {
  if (!stdout.endsWith("\n")) throw new Error(`stdout does not end with a line feed: ${stdout.slice(-200)}`);
  const lines = stdout
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
  return { events: lines.slice(0, -1), result: lines.at(-1) };
}

async function outcomeOf(child: ChildProcessWithoutNullStreams) {
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const read = (stream: NodeJS.ReadableStream) => text(stream).catch(() => "");
  const [stdout, stderr, end] = await Promise.all([read(child.stdout), read(child.stderr), closed]);
  return { ...end, stdout, stderr };
}
