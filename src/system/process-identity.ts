import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Names one process for as long as the machine is up. A pid alone is not enough: the system gives it to another
 * process once its owner has died.
 */
export interface ProcessIdentity {
  pid: number;
  /** When and where it started. Compare it for equality only: its form differs between systems. */
  started: string;
}

/** `elsewhere`: on another machine, in another container, or before a reboot; it cannot be seen from here. */
export type ProcessStatus = "alive" | "dead" | "elsewhere";

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= { pid: process.pid, started: startOf(process.pid) ?? `unknown@${placeOfProcesses()}` };
  return own;
}

/** As part of a file's name. */
export function identityInName({ pid, started }: ProcessIdentity): string {
  return Buffer.from(`${pid} ${started}`).toString("base64url");
}

/** What `identityInName` made; undefined for anything else. */
export function identityOfName(text: string): ProcessIdentity | undefined {
  const [, pid, started] = /^([1-9]\d*) (.+)$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  return pid === undefined || started === undefined ? undefined : { pid: Number(pid), started };
}

/** True only when that very process runs here: a reused pid, or a process elsewhere, is not alive. */
export function isAlive(who: ProcessIdentity): boolean {
  return processStatus(who) === "alive";
}

export function processStatus(who: ProcessIdentity): ProcessStatus {
  if (!who.started.endsWith(`@${placeOfProcesses()}`)) return "elsewhere";
  if (!pidExists(who.pid)) return "dead";
  const started = startOf(who.pid);
  if (started === "ended") return "dead";
  // A pid that exists but may not be looked at belongs to another user: rather wait for it than rob it.
  if (started === undefined || who.started.startsWith("unknown@")) return "alive";
  return started === who.started ? "alive" : "dead";
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Start of a process with the place it runs in; `ended` for one that has died but is not yet reaped. */
function startOf(pid: number): string | undefined {
  const when = process.platform === "linux" ? startTicks(pid) : startByPs(pid);
  if (when === undefined || when === "ended") return when;
  return `${when}@${placeOfProcesses()}`;
}

function startTicks(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : readStat(stat);
}

/**
 * The start of the process that a line of /proc/<pid>/stat tells of, in ticks since boot; `ended` once nothing of it
 * runs any more. A killed process is a zombie as soon as its first thread is gone, while others may still be within a
 * system call: one that is about to remove a lock's file removes whatever is there by then. So it has ended only with
 * its last thread. Fields (3 state, 20 threads, 22 start) are counted after the name, which may hold spaces and parentheses.
 */
export function readStat(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, threads, start] = [fields[0], Number(fields[17]), fields[19]];
  return (state === "Z" || state === "X") && threads <= 1 ? "ended" : start;
}

function startByPs(pid: number): string | undefined {
  try {
    const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" }, stdio: "pipe" } as const;
    const [state = "", ...when] = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], options)
      .trim()
      .split(/\s+/);
    return state.startsWith("Z") ? "ended" : when.join(" ") || undefined;
  } catch {
    return undefined;
  }
}

let place: string | undefined;

/** Pids mean something only within one boot of one machine and one pid namespace (containers have their own). */
function placeOfProcesses(): string {
  place ??= process.platform === "linux" ? linuxPlace() : hostname();
  return place;
}

function linuxPlace(): string {
  const boot = readOrUndefined("/proc/sys/kernel/random/boot_id")?.trim() ?? hostname();
  try {
    return `${boot}/${readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")}`;
  } catch {
    return `${boot}/${hostname()}`;
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
