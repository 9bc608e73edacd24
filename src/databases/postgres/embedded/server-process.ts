import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../../../core/errors.ts";
import { systemClock } from "../../../core/time.ts";
import { runChild } from "../../../system/child-process.ts";
import { SERVER_ENVIRONMENT } from "./data-folder.ts";
import type { EmbeddedPlace } from "./embedded-place.ts";

/**
 * What the data folder's postmaster.pid says, checked against the process that it names: `gone` covers a file that was
 * left by a crash, whether its pid is free or has been given to a stranger.
 */
export type ServerState = { state: "gone" } | { state: "starting" | "ready" | "stopping"; pid: number; port: number };

/** How a launch ended. `port_taken` and `memory_in_use` pass by themselves or with another port. */
export type LaunchOutcome = { outcome: "ready" } | { outcome: "port_taken" | "memory_in_use" | "failed"; log: string };

const POLL_MS = 15;
/** A log larger than this is put aside at the next start; one older log is kept. */
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
/** Above any pid that a system hands out, so that nobody has it. */
const NOBODYS_PID = 2_147_483_646;

export async function readServer(place: EmbeddedPlace): Promise<ServerState> {
  const file = await readPidFile(place);
  if (file === undefined || !(await isServerOf(place, file.pid))) return { state: "gone" };
  const told = await readFile(place.stopping, "utf8").catch(() => "");
  const stopping = file.status === "stopping" || told.trim() === String(file.pid);
  const state = stopping ? "stopping" : file.status === "ready" ? "ready" : "starting";
  return { state, pid: file.pid, port: file.port };
}

/**
 * Starts the server as a process of its own session, which outlives us, and waits until it takes connections, as long
 * as recovery after a crash may take. It is spawned without a shell, so that no path needs quoting.
 */
export async function launchServer(place: EmbeddedPlace, postgres: string, port: number): Promise<LaunchOutcome> {
  await disarmPidFile(place);
  const { handle, start } = await openLog(place);
  const options = ["-D", place.data, "-p", String(port), "-c", "listen_addresses=127.0.0.1"];
  const child = spawn(postgres, [...options, "-c", "unix_socket_directories="], {
    // The user that it runs as need not be able to enter the folder that we are in.
    cwd: "/",
    env: SERVER_ENVIRONMENT,
    detached: true,
    stdio: ["ignore", handle.fd, handle.fd],
    ...(place.user === undefined ? {} : { uid: place.user.uid, gid: place.user.gid }),
  });
  const ended = Promise.race([once(child, "exit"), once(child, "error").then(([error]) => failToSpawn(place, error))]);
  ended.catch(() => {});
  await handle.close();
  child.unref();
  const ready = await waitForReady(place, ended);
  return ready ? { outcome: "ready" } : failedLaunch(await readLogFrom(place, start));
}

/** Resolves once no server runs on the data. False when `limit_ms` passed first. */
export async function waitUntilGone(place: EmbeddedPlace, limit_ms: number): Promise<boolean> {
  const deadline = Date.now() + limit_ms;
  while ((await readServer(place)).state !== "gone") {
    if (Date.now() >= deadline) return false;
    await systemClock.sleep(POLL_MS);
  }
  return true;
}

/** Resolves with the server once it is ready or gone; another process is starting it, or did before it was killed. */
export async function waitWhileStarting(place: EmbeddedPlace): Promise<ServerState> {
  let server = await readServer(place);
  while (server.state === "starting") {
    await systemClock.sleep(POLL_MS);
    server = await readServer(place);
  }
  return server;
}

/** Asks the server to end its sessions and stop, without waiting. The note lets the next start know at once. */
export async function signalStop(place: EmbeddedPlace, pid: number, signal: "SIGINT" | "SIGQUIT"): Promise<void> {
  await writeFile(place.stopping, String(pid));
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

interface PidFile {
  pid: number;
  port: number;
  status: string;
}

/** Lines: pid, data folder, start time, port, socket folder, address, shared memory, status. */
async function readPidFile(place: EmbeddedPlace): Promise<PidFile | undefined> {
  const text = await readFile(join(place.data, "postmaster.pid"), "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const lines = text.split("\n");
  return { pid: Number(lines[0]), port: Number(lines[3] ?? 0), status: lines[7]?.trim() ?? "" };
}

/** A server works in its data folder; where that cannot be seen, its command line names it. */
async function isServerOf(place: EmbeddedPlace, pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid || pid === NOBODYS_PID) return false;
  if (process.platform !== "linux") return (await commandOf(pid)).includes(place.data);
  try {
    const [theirs, ours] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(place.data)]);
    return theirs.dev === ours.dev && theirs.ino === ours.ino && (await commandLine(pid)) !== "";
  } catch {
    return (await commandLine(pid)).split("\0").includes(place.data);
  }
}

/** Empty for a process that has died but is not yet reaped. */
function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
}

async function commandOf(pid: number): Promise<string> {
  return (await runChild("ps", ["-o", "command=", "-p", String(pid)])).stdout;
}

/**
 * The server refuses to start while the pid in a left-over file exists, even as a stranger's. Only the pid is replaced:
 * the rest lets the server see whether sessions of the old one still use its shared memory.
 */
async function disarmPidFile(place: EmbeddedPlace): Promise<void> {
  const path = join(place.data, "postmaster.pid");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  await writeFile(path, text.trim() === "" ? `${NOBODYS_PID}\n` : text.replace(/^.*$/m, String(NOBODYS_PID)));
}

async function openLog(place: EmbeddedPlace) {
  const size = await stat(place.log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await rename(place.log, `${place.log}.1`);
  const handle = await open(place.log, "a", 0o600);
  return { handle, start: (await handle.stat()).size };
}

async function waitForReady(place: EmbeddedPlace, ended: Promise<unknown>): Promise<boolean> {
  let over = false;
  const end = ended.finally(() => {
    over = true;
  });
  for (;;) {
    await Promise.race([end, systemClock.sleep(POLL_MS)]);
    if (over) return false;
    if ((await readServer(place)).state === "ready") return true;
  }
}

function failToSpawn(place: EmbeddedPlace, cause: NodeJS.ErrnoException): never {
  const as = place.user === undefined ? "" : ` as ${place.user.name}`;
  throw new SluiceError(
    "embedded_failed",
    `starting the embedded Postgres${as}: ${cause.code ?? cause.message}. The programs that come with Sluice need a ` +
      "system with glibc and a disk that programs may be run from; otherwise use a Postgres of your own.",
    { cause },
  );
}

async function readLogFrom(place: EmbeddedPlace, start: number): Promise<string> {
  return (await readFile(place.log)).subarray(start).toString("utf8");
}

function failedLaunch(log: string): LaunchOutcome {
  if (/could not bind|could not create any TCP\/IP sockets/.test(log)) return { outcome: "port_taken", log };
  if (/shared memory block .* is still in use/.test(log)) return { outcome: "memory_in_use", log };
  return { outcome: "failed", log };
}
