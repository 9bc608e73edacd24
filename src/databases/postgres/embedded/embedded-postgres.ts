import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { SluiceError } from "../../../core/errors.ts";
import { systemClock } from "../../../core/time.ts";
import { withFileLock } from "../../../system/file-lock.ts";
import type { PostgresAddress } from "../client.ts";
import { prepareBinaries } from "./binaries.ts";
import { dataVersion, EMBEDDED_DATABASE, EMBEDDED_ROLE, ensureDataFolder } from "./data-folder.ts";
import { type EmbeddedPlace, findEmbeddedPlace, lockPath, openEmbeddedPlace, prepareFolder } from "./embedded-place.ts";
import { type Lease, liveLeases, writeLease } from "./leases.ts";
import { launchServer, readServer, signalStop, waitUntilGone, waitWhileStarting } from "./server-process.ts";

/*
 * The server belongs to nobody: whoever needs it takes a lease, starts it if it does not run, and gives the lease back.
 * The last one to do so stops it, unless it is held. Leases of dead processes do not count. All of this happens under
 * one lock, which is held while the server starts but not while it stops.
 */

export interface EmbeddedLease {
  address: PostgresAddress;
  /** Gives the lease back; the last one stops the server without waiting for it. May be called twice. */
  release(): Promise<void>;
}

export interface StartOptions {
  folder: string;
  /** Who needs it, for `db status`: `run of team_board`. */
  purpose: string;
  /** Server settings beside the usual ones, for a data folder that is made by this call. */
  settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedStatus {
  state: "absent" | "stopped" | "starting" | "running" | "stopping";
  data: string;
  log: string;
  /** Kept running by `db start`. */
  held: boolean;
  users: Lease[];
  data_version?: number;
  pid?: number;
  address?: PostgresAddress;
}

export interface StopResult {
  outcome: "stopped" | "not_running" | "in_use";
  /** Who was using it. */
  users: Lease[];
}

/** Others may be making the data folder, or waiting for recovery after a crash. */
const LOCK_WAIT_MS = 300_000;
/** A stop writes out what is in memory, at most shared_buffers. */
const STOP_LIMIT_MS = 60_000;
/** Sessions of a server that was killed end by themselves, a busy one at its next wait. */
const OLD_SESSIONS_LIMIT_MS = 60_000;
const OLD_SESSIONS_POLL_MS = 200;
const PORT_TRIES = 5;

/** Takes a lease on the folder's server, making and starting it as needed. Any number of processes may do so at once. */
export async function startEmbedded(options: StartOptions): Promise<EmbeddedLease> {
  return underLock(options.folder, options.purpose, async (place) => {
    const lease = await writeLease(place.leases, options.purpose);
    try {
      const address = await ensureRunning(place, options.settings);
      return { address, release: () => giveBack(place, lease) };
    } catch (error) {
      await rm(lease, { force: true });
      throw error;
    }
  });
}

/** Starts the server and keeps it running when nobody uses it, until `stopEmbedded`. */
export async function holdEmbedded(
  folder: string,
  settings?: Readonly<Record<string, string>>,
): Promise<PostgresAddress> {
  return underLock(folder, "db start", async (place) => {
    const address = await ensureRunning(place, settings);
    await writeFile(place.hold, `${new Date().toISOString()}\n`);
    return address;
  });
}

/** Ends the hold, and stops the server if nobody uses it, or with `force` anyway. Waits until it has stopped. */
export async function stopEmbedded(folder: string, { force = false } = {}): Promise<StopResult> {
  if ((await findEmbeddedPlace(folder)) === undefined) return { outcome: "not_running", users: [] };
  return underLock(folder, "db stop", async (place) => {
    await rm(place.hold, { force: true });
    const users = await liveLeases(place.leases);
    const server = await waitWhileStarting(place);
    if (server.state === "gone") return { outcome: "not_running", users };
    if (users.length > 0 && !force) return { outcome: "in_use", users };
    await signalStop(place, server.pid, "SIGINT");
    if (!(await waitUntilGone(place, STOP_LIMIT_MS))) await stopAtOnce(place, server.pid);
    return { outcome: "stopped", users };
  });
}

/** Looks only: starts nothing and waits for nobody. */
export async function embeddedStatus(folder: string): Promise<EmbeddedStatus> {
  const place = await findEmbeddedPlace(folder);
  if (place === undefined) return { state: "absent", data: folder, log: "", held: false, users: [] };
  const version = await dataVersion(place.data).catch(() => undefined);
  const server = await readServer(place);
  const held = await readFile(place.hold).then(
    () => true,
    () => false,
  );
  const common = { data: place.data, log: place.log, held, users: await liveLeases(place.leases) };
  const found = version === undefined ? common : { ...common, data_version: version };
  if (server.state === "gone") return { state: version === undefined ? "absent" : "stopped", ...found };
  const address = await addressOf(place, server.port);
  return { state: server.state === "ready" ? "running" : server.state, ...found, pid: server.pid, address };
}

/** Stops the server and deletes its data and everything else that was made for this folder. */
export async function removeEmbedded(folder: string): Promise<void> {
  const place = await findEmbeddedPlace(folder);
  if (place === undefined) return;
  await stopEmbedded(folder, { force: true });
  // Sessions of a server that was killed may write for a moment longer.
  const patiently = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
  await rm(place.home, patiently);
  await rm(place.folder, patiently);
}

async function underLock<T>(folder: string, purpose: string, work: (place: EmbeddedPlace) => Promise<T>): Promise<T> {
  try {
    const real = await prepareFolder(folder);
    const waiting = { wait_ms: LOCK_WAIT_MS, purpose };
    return await withFileLock(lockPath(real), waiting, async () => work(await openEmbeddedPlace(real)));
  } catch (error) {
    throw asEmbeddedError(error, folder);
  }
}

async function ensureRunning(
  place: EmbeddedPlace,
  settings?: Readonly<Record<string, string>>,
): Promise<PostgresAddress> {
  let server = await waitWhileStarting(place);
  if (server.state === "stopping") {
    if (!(await waitUntilGone(place, STOP_LIMIT_MS))) await stopAtOnce(place, server.pid);
    server = { state: "gone" };
  }
  if (server.state === "ready") return addressOf(place, server.port);
  await rm(place.stopping, { force: true });
  const binaries = await prepareBinaries(place.cache, place.user);
  await ensureDataFolder(place, binaries, settings);
  return addressOf(place, await launchOnSomePort(place, binaries.postgres));
}

async function launchOnSomePort(place: EmbeddedPlace, postgres: string): Promise<number> {
  const deadline = Date.now() + OLD_SESSIONS_LIMIT_MS;
  let log = "";
  for (let tries = 0; tries < PORT_TRIES; ) {
    const port = await choosePort(place, tries === 0);
    const launched = await launchServer(place, postgres, port);
    if (launched.outcome === "ready") {
      await writeFile(place.port, String(port));
      return port;
    }
    log = launched.log;
    if (launched.outcome === "port_taken") tries += 1;
    else if (launched.outcome === "memory_in_use" && Date.now() < deadline)
      await systemClock.sleep(OLD_SESSIONS_POLL_MS);
    else break;
  }
  throw launchError(place, log);
}

/** The port of last time, so that other programs' settings stay right, unless somebody else has it now. */
async function choosePort(place: EmbeddedPlace, keep: boolean): Promise<number> {
  const last = keep ? Number(await readFile(place.port, "utf8").catch(() => "0")) : 0;
  return (last > 0 ? await listenBriefly(last).catch(() => undefined) : undefined) ?? listenBriefly(0);
}

function listenBriefly(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(port, "127.0.0.1", () => {
      const bound = probe.address();
      probe.close(() => resolve(typeof bound === "object" && bound !== null ? bound.port : port));
    });
  });
}

async function addressOf(place: EmbeddedPlace, port: number): Promise<PostgresAddress> {
  return {
    host: "127.0.0.1",
    port,
    database: EMBEDDED_DATABASE,
    username: EMBEDDED_ROLE,
    password: await readFile(place.password, "utf8"),
    sslmode: "disable",
  };
}

async function giveBack(place: EmbeddedPlace, lease: string): Promise<void> {
  await underLock(place.folder, "giving back the embedded Postgres", async () => {
    await rm(lease, { force: true });
    const held = await readFile(place.hold).catch(() => undefined);
    if (held !== undefined || (await liveLeases(place.leases)).length > 0) return;
    const server = await readServer(place);
    if (server.state === "ready" || server.state === "starting") await signalStop(place, server.pid, "SIGINT");
  });
}

/** Without writing anything out: the next start recovers from the log. */
async function stopAtOnce(place: EmbeddedPlace, pid: number): Promise<void> {
  await signalStop(place, pid, "SIGQUIT");
  if (await waitUntilGone(place, STOP_LIMIT_MS)) return;
  throw new SluiceError(
    "embedded_failed",
    `stopping the embedded Postgres: process ${pid} does not end. Look at ${place.log}, end the process, and try again.`,
    { details: { pid, log: place.log } },
  );
}

function launchError(place: EmbeddedPlace, log: string): SluiceError {
  const said = log.trim().split("\n").slice(-5).join("\n");
  const full = /No space left on device/.test(log) ? "Free some disk space. " : "";
  return new SluiceError(
    "embedded_failed",
    `starting the embedded Postgres in ${place.data}: it ended at once. ${full}Its log is ${place.log}; it ends with:\n${said}`,
    { details: { data: place.data, log: place.log } },
  );
}

function asEmbeddedError(error: unknown, folder: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (error instanceof SluiceError || code === undefined) return error;
  const advice: Record<string, string> = {
    EACCES: "It belongs to another user: run Sluice as that user, or as root if root made it.",
    EPERM: "It belongs to another user: run Sluice as that user, or as root if root made it.",
    ENOSPC: "Free some disk space.",
    EROFS: "Put the workspace where it can be written.",
  };
  return new SluiceError(
    "embedded_failed",
    `starting the embedded Postgres: ${code} at ${path ?? folder}. ${advice[code] ?? "Check that place and try again."}`,
    { cause: error, details: { folder } },
  );
}
