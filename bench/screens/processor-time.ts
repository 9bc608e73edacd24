import { readdir, readFile } from "node:fs/promises";

/** Milliseconds of processor time that a process has had, all its threads together, to the nanosecond. Linux only. */
export async function processorMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0")),
  );
  return stats.reduce((sum, stat) => sum + Number(stat.split(" ")[0]) / 1e6, 0);
}

/** What `work` costs the process, in milliseconds of processor time, and how long it took. */
export async function costOf(pid: number, work: () => Promise<void>): Promise<{ cpu_ms: number; wall_ms: number }> {
  const startedAt = performance.now();
  const before = await processorMs(pid);
  await work();
  return { cpu_ms: (await processorMs(pid)) - before, wall_ms: performance.now() - startedAt };
}

/** Resident memory at its highest so far, in MB. */
export async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
