import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { timeOfEnded, timeOfServer } from "./processor-time.ts";

export interface Measured {
  wall_ms: number;
  /** Processor time of the program and of the server that it used. */
  cpu_ms: number;
  /** Resident memory at its highest, in MB. */
  peak_mb: number;
  stdout: string;
}

const SAMPLE_MS = 20;

export interface MeasureOptions {
  cwd: string;
  /** Process id of the database server. */
  server?: number;
}

/**
 * Runs a program to its end and measures it from outside: start-up, connections and shut-down included. Nothing else may
 * be run meanwhile.
 */
export async function measure(
  command: string,
  args: readonly string[],
  { cwd, server }: MeasureOptions,
): Promise<Measured> {
  const timeSoFar = () => timeOfEnded() + (server === undefined ? 0 : timeOfServer(server));
  const before = timeSoFar();
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const closed = once(child, "close");
  let peak_mb = 0;
  const sampler = setInterval(async () => (peak_mb = Math.max(peak_mb, await peakOf(child.pid))), SAMPLE_MS);
  const [code] = await closed;
  const wall_ms = performance.now() - startedAt;
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${stdout.slice(-2000)}\n${stderr}`);
  return { wall_ms, cpu_ms: timeSoFar() - before, peak_mb, stdout };
}

/** The kernel's own high-water mark; 0 where there is no /proc. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { min: at(0), median: at(0.5), max: at(1) };
}
