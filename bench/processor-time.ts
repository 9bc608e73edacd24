import { readdirSync, readFileSync } from "node:fs";

/** What the kernel counts in. */
const TICK_MS = 10;

interface Times {
  parent: number;
  own_ms: number;
  /** Of its children that have ended and been waited for, and of theirs. */
  ended_ms: number;
}

/** Processor time of all programs that this one has run to their end; 0 where there is no /proc. */
export function timeOfEnded(): number {
  return timesOf("self")?.ended_ms ?? 0;
}

/** Processor time of a server: of its sessions that have ended, of those that live, and its own. */
export function timeOfServer(pid: number): number {
  const { own_ms = 0, ended_ms = 0 } = timesOf(pid) ?? {};
  return own_ms + ended_ms + sessionsOf(pid).reduce((sum, session) => sum + session.own_ms, 0);
}

function sessionsOf(pid: number): Times[] {
  const pids = process.platform === "linux" ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  return pids.flatMap((name) => timesOf(name) ?? []).filter(({ parent }) => parent === pid);
}

function timesOf(pid: number | string): Times | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const sum = (...at: number[]) => at.reduce((all, index) => all + Number(fields[index]), 0) * TICK_MS;
    return { parent: Number(fields[1]), own_ms: sum(11, 12), ended_ms: sum(13, 14) };
  } catch {
    return undefined;
  }
}
