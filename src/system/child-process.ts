import type { Readable } from "node:stream";
import type { Options } from "execa";

/** The one way to run another program. A program that fails is an answer, not an exception: look at `ok`. */

export interface ChildOptions {
  cwd?: string;
  /** The child's whole environment. Without it the child gets ours. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What the child reads on stdin; without it stdin is empty. */
  input?: string | Uint8Array;
  timeout_ms?: number;
  /** Aborting sends SIGTERM, and SIGKILL after `grace_ms`. */
  signal?: AbortSignal;
  /** How long the child may take to end after SIGTERM. Default 5 s. */
  grace_ms?: number;
  /** Run as another user (we must be root). */
  uid?: number;
  gid?: number;
  /** Called with every line of stdout and stderr as it comes. */
  onLine?: (line: string, from: "stdout" | "stderr") => void;
}

export interface ChildResult {
  /** Ended by itself with exit code 0. */
  ok: boolean;
  exit_code: number | undefined;
  /** The signal that ended it. */
  signal: string | undefined;
  timed_out: boolean;
  cancelled: boolean;
  stdout: string;
  stderr: string;
  duration_ms: number;
  /** One line that says how it ended: `pg_ctl start: exit code 1`, `dbt run: ended by SIGKILL`. */
  summary: string;
}

/** A child whose output is read while it runs. */
export interface RunningChild {
  /** As it comes. Whoever reads slowly slows the child down. */
  stdout: AsyncIterable<Buffer>;
  /** How it ended, without what it printed to stdout. Never rejects. */
  ended: Promise<ChildResult>;
  /** SIGTERM, and SIGKILL after the grace. */
  stop(): void;
}

const DEFAULT_GRACE_MS = 5_000;
/** Characters kept of each stream, the last ones: a child that talks for hours must not fill the memory. */
const KEPT_OUTPUT = 16 * 1024 * 1024;

export async function runChild(
  command: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Promise<ChildResult> {
  const { execa } = await import("execa");
  const child = execa(command, args, execaOptions(options));
  const stdout = collect(child.stdout, (line) => options.onLine?.(line, "stdout"));
  const stderr = collect(child.stderr, (line) => options.onLine?.(line, "stderr"));
  const result = await child;
  return resultOf([command, ...args.slice(0, 1)].join(" "), result, { stdout: stdout(), stderr: stderr() });
}

/** Starts a program whose output is too much to keep. Lines of its stderr go to `onLine`, and their end into the result. */
export async function startChild(
  command: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Promise<RunningChild> {
  const { execa } = await import("execa");
  const child = execa(command, args, execaOptions(options));
  const stderr = collect(child.stderr, (line) => options.onLine?.(line, "stderr"));
  const ended = Promise.resolve(child).then((result) => resultOf(command, result, { stdout: "", stderr: stderr() }));
  return { stdout: child.stdout ?? emptyOutput(), ended, stop: () => child.kill() };
}

async function* emptyOutput(): AsyncGenerator<Buffer> {}

function resultOf(
  name: string,
  result: Ending & { failed: boolean; durationMs: number },
  output: Pick<ChildResult, "stdout" | "stderr">,
): ChildResult {
  return {
    ok: !result.failed,
    exit_code: result.exitCode,
    signal: result.signal,
    timed_out: result.timedOut,
    cancelled: result.isCanceled,
    ...output,
    duration_ms: Math.round(result.durationMs),
    summary: `${name}: ${ending(result)}`,
  };
}

function execaOptions(options: ChildOptions) {
  const { cwd, env, input, timeout_ms, signal, uid, gid } = options;
  return {
    reject: false,
    buffer: false,
    stdin: input === undefined ? "ignore" : "pipe",
    forceKillAfterDelay: options.grace_ms ?? DEFAULT_GRACE_MS,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: withoutGaps(env), extendEnv: false }),
    ...(input === undefined ? {} : { input }),
    ...(timeout_ms === undefined ? {} : { timeout: timeout_ms }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  } as const satisfies Options;
}

function withoutGaps(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Hands on whole lines and keeps the end of the text; the returned function says the rest and gives the text. */
function collect(stream: Readable | null, onLine: (line: string) => void): () => string {
  let text = "";
  let line = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (text.length > 2 * KEPT_OUTPUT) text = text.slice(-KEPT_OUTPUT);
    const lines = (line + chunk).split("\n");
    line = lines.pop() ?? "";
    for (const whole of lines) onLine(whole.replace(/\r$/, ""));
  });
  return () => {
    if (line !== "") onLine(line);
    return text.slice(-KEPT_OUTPUT);
  };
}

interface Ending {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut: boolean;
  isCanceled: boolean;
  code?: string | undefined;
}

function ending({ exitCode, signal, timedOut, isCanceled, code }: Ending): string {
  if (code === "ENOENT") return "the program, or the folder it was to run in, was not found";
  if (code === "EACCES") return "may not be executed";
  if (timedOut) return "took too long and was ended";
  if (isCanceled) return "was cancelled";
  if (exitCode !== undefined) return `exit code ${exitCode}`;
  return signal === undefined ? `could not be run (${code ?? "unknown error"})` : `ended by ${signal}`;
}
