import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../../../core/errors.ts";
import { compactTimestamp } from "../../../core/time.ts";
import { writeFileAtomic } from "../../../system/atomic-file.ts";
import { type ChildResult, runChild } from "../../../system/child-process.ts";
import type { Binaries } from "./binaries.ts";
import type { EmbeddedPlace } from "./embedded-place.ts";

/** The superuser and the database that an embedded server has from the start. */
export const EMBEDDED_ROLE = "sluice";
export const EMBEDDED_DATABASE = "sluice";

/** The server and its tools get no more of our environment: PG* variables would change what they do. */
export const SERVER_ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" };

/** initdb takes about a second; a slow disk gets two minutes. */
const INITDB_TIMEOUT_MS = 120_000;

/**
 * Written into postgresql.conf once; whoever runs the workspace may change them there.
 * A commit that was reported must survive a power cut, since cursors rely on it: fsync and synchronous_commit stay on.
 */
const SETTINGS: Record<string, string> = {
  fsync: "on",
  synchronous_commit: "on",
  // COPY goes round the buffer pool, so more would not load faster; it is a laptop's memory too.
  shared_buffers: "128MB",
  // Fewer checkpoints within a load: after each one every page is written to the log whole again.
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  // Those whole pages shrink several times, which costs less than writing them.
  wal_compression: "on",
  // Nothing replicates from here, so a table made in the same transaction is loaded without being logged twice.
  wal_level: "minimal",
  max_wal_senders: "0",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  log_checkpoints: "off",
};

/**
 * Makes the data folder if there is none, by way of a temporary folder, so that one that was broken off is never
 * opened. Throws embedded_version if the data is of another major version. Call it with the lock held.
 */
export async function ensureDataFolder(
  place: EmbeddedPlace,
  binaries: Binaries,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  await discardUnfinished(place);
  const major = await dataVersion(place.data);
  if (major === undefined) {
    await setAsideBroken(place);
    await makeDataFolder(place, binaries, { ...SETTINGS, ...settings });
  } else if (major !== binaries.major) {
    throw otherVersion(place, major, binaries.major);
  }
}

/** The major version that wrote the data; undefined if there is no complete data folder. */
export async function dataVersion(data: string): Promise<number | undefined> {
  const version = await readFile(join(data, "PG_VERSION"), "utf8").catch(undefinedIfMissing);
  const control = await stat(join(data, "global", "pg_control")).catch(undefinedIfMissing);
  const complete = version !== undefined && version.trim() !== "" && control !== undefined;
  return complete ? Number.parseInt(version, 10) : undefined;
}

/**
 * The initdb of a process that was killed may still be writing there, until it notices. What it leaves then is in
 * nobody's way and goes with the next start.
 */
async function discardUnfinished({ home }: EmbeddedPlace): Promise<void> {
  const patiently = { recursive: true, force: true, maxRetries: 4, retryDelay: 100 };
  for (const name of await readdir(home)) {
    if (name.startsWith("data.new-")) await rm(join(home, name), patiently).catch(() => {});
  }
}

/** A data folder without its vital files cannot be opened, but what is in it is not ours to delete. */
async function setAsideBroken({ data }: EmbeddedPlace): Promise<void> {
  const entries = await readdir(data).catch(undefinedIfMissing);
  if (entries === undefined) return;
  if (entries.length === 0) return rm(data, { recursive: true });
  await rename(data, `${data}.broken-${compactTimestamp(Date.now())}`);
}

async function makeDataFolder(
  place: EmbeddedPlace,
  binaries: Binaries,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const unfinished = join(place.home, `data.new-${randomBytes(4).toString("hex")}`);
  const passwordFile = `${unfinished}-password`;
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, await ensurePassword(place), { mode: 0o600 });
  await giveTo(place, unfinished, passwordFile);
  try {
    const arguments_ = initdbArguments(unfinished, passwordFile, settings);
    assertDone(await runAsServer(place, binaries.initdb, arguments_), place);
    const statement = `create database ${EMBEDDED_DATABASE};\n`;
    assertDone(
      await runAsServer(place, binaries.postgres, ["--single", "-D", unfinished, "template1"], statement),
      place,
    );
    await rename(unfinished, place.data);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

function initdbArguments(data: string, passwordFile: string, settings: Readonly<Record<string, string>>): string[] {
  return [
    `--pgdata=${data}`,
    `--username=${EMBEDDED_ROLE}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // Sorts by code point: fast, and the same on every machine and after every upgrade of its libraries.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    ...(settings.fsync === "off" ? ["--no-sync"] : []),
    ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
  ];
}

function runAsServer(place: EmbeddedPlace, command: string, args: string[], input?: string): Promise<ChildResult> {
  return runChild(command, args, {
    // The user that it runs as need not be able to enter the folder that we are in.
    cwd: "/",
    env: SERVER_ENVIRONMENT,
    timeout_ms: INITDB_TIMEOUT_MS,
    ...(input === undefined ? {} : { input }),
    ...(place.user === undefined ? {} : { uid: place.user.uid, gid: place.user.gid }),
  });
}

async function giveTo({ user, home, folder }: EmbeddedPlace, ...paths: string[]): Promise<void> {
  if (user === undefined) return;
  for (const path of paths) await chown(path, user.uid, user.gid);
  if (home === folder) return;
  await chown(home, user.uid, user.gid);
  await chmod(home, 0o700);
}

/** Made before the data that it belongs to, so that neither is ever there without a password that fits. */
async function ensurePassword(place: EmbeddedPlace): Promise<string> {
  const known = await readFile(place.password, "utf8").catch(undefinedIfMissing);
  if (known !== undefined && known !== "") return known;
  const password = randomBytes(24).toString("base64url");
  await writeFileAtomic(place.password, password, { mode: 0o600 });
  return password;
}

function assertDone(result: ChildResult, place: EmbeddedPlace): void {
  if (result.ok) return;
  const said = result.stderr.trim().split("\n").slice(-5).join("\n");
  throw new SluiceError(
    "embedded_failed",
    `making the embedded Postgres's data folder ${place.data}: ${result.summary}. ${advice(said)}\n${said}`.trimEnd(),
    { details: { data: place.data } },
  );
}

function advice(said: string): string {
  if (/No space left on device/.test(said)) return "Free some disk space and try again. It said:";
  return "Nothing was left behind; use a Postgres of your own if this machine cannot run it. It said:";
}

function otherVersion(place: EmbeddedPlace, theirs: number, ours: number): SluiceError {
  return new SluiceError(
    "embedded_version",
    `starting the embedded Postgres: the data in ${place.data} is of Postgres ${theirs}, this Sluice brings Postgres ${ours}. ` +
      "Nothing was touched. To take the data along, start it with the Sluice that made it (`sluice db start`), dump it " +
      '(`pg_dumpall -d "$(sluice db url)" > dump.sql`), stop it, ' +
      `move ${place.data} away, then \`sluice db start\` with this version and \`psql "$(sluice db url)" -f dump.sql\`.`,
    { details: { data: place.data, data_version: theirs, server_version: ours } },
  );
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
