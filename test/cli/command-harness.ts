import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { onTestFinished } from "vitest";
import { runCommandLine } from "../../src/cli/command-line.ts";
import type { Io } from "../../src/cli/io.ts";

export const ROOT = join(import.meta.dirname, "../..");

export interface Outcome {
  exit_code: number;
  stdout: string;
  stderr: string;
  /** What stdout holds when --json was given. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes.
  json(): any;
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** What is piped in; nothing unless given. */
  stdin?: string | Readable;
  /** Called once something was said that has an address in it, with all that was said. */
  onStderr?(text: string): void;
  /** What a person types, one answer a question: there is a terminal then. */
  answers?: readonly string[];
  signal?: AbortSignal;
}

/** Runs one command line in this process, with everything real but the terminal. */
export async function sluice(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const stdout = capture();
  const stderr = capture();
  if (options.onStderr !== undefined) watchFor(/^https?:\S+$/m, stderr, options.onStderr);
  const io: Io = {
    stdout: stdout.stream,
    stderr: Object.assign(stderr.stream, { isTTY: options.answers !== undefined }),
    stdin: options.answers === undefined ? piped(options.stdin) : typist(options.answers, stderr),
    env: { HOME: tmpdir(), ...options.env },
    cwd: options.cwd ?? tmpdir(),
    interruption: () => options.signal ?? new AbortController().signal,
  };
  const product = { version: "1.2.3", root: ROOT, connectors: { builtin: join(ROOT, "connectors") } };
  const exit_code = await runCommandLine(argv, { io, product, screens: async () => 0, headless: async () => 0 });
  return {
    exit_code,
    stdout: stdout.text(),
    stderr: stripVTControlCharacters(stderr.text()),
    json: () => JSON.parse(stdout.text()),
  };
}

/** A workspace folder with these files in it, removed after the test. */
export async function workspaceFolder(files: Record<string, string | object> = {}): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-cli-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content, undefined, 2);
    await writeFile(join(folder, path), text, { mode: path.endsWith(".toml") ? 0o600 : 0o644 });
  }
  return folder;
}

export function configOf(...connections: object[]): object {
  return { version: 1, connections, groups: [], schedules: [], settings: { destination: "embedded" } };
}

/** A connection that reads one file, with an id made of its number. */
export function fileConnection(number: number, name: string, more: object = {}): object {
  const id = `0193f0c2-7d1e-7c55-9b0e-${String(number).padStart(12, "0")}`;
  return { id, name, type: "files", enabled: true, schema: { options: { path: `${name}.csv` } }, ...more };
}

function piped(stdin: string | Readable = ""): Readable {
  return typeof stdin === "string" ? Readable.from([stdin]) : stdin;
}

function watchFor(pattern: RegExp, { stream, text }: ReturnType<typeof capture>, tell: (text: string) => void): void {
  let told = false;
  stream.on("data", () => {
    if (told || !pattern.test(text())) return;
    told = true;
    tell(text());
  });
}

function capture() {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString("utf8")));
  return { stream, text: () => chunks.join("") };
}

/** Types the next answer whenever something has been asked. */
function typist(answers: readonly string[], screen: ReturnType<typeof capture>) {
  const keyboard = Object.assign(new PassThrough(), { isTTY: true });
  const waiting = [...answers];
  screen.stream.on("data", (chunk: Buffer) => {
    const asked = /: $/.test(stripVTControlCharacters(chunk.toString("utf8")));
    const next = asked ? waiting.shift() : undefined;
    if (next !== undefined) setImmediate(() => keyboard.write(`${next}\n`));
  });
  return keyboard;
}
