import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PostgresAddress } from "../../../../src/databases/postgres/client.ts";
import {
  embeddedStatus,
  startEmbedded,
  stopEmbedded,
} from "../../../../src/databases/postgres/embedded/embedded-postgres.ts";
import { findServerUser, isRoot } from "../../../../src/databases/postgres/embedded/server-user.ts";
import { query, startHolder, temporaryPlace } from "./holder-process.ts";

const purpose = "a test";
/** Processes are killed here, never the machine, so nothing need reach the disk. */
const settings = { fsync: "off" };

test("processes that all start at once on an empty folder share one server, and the last one stops it", async () => {
  await using place = await temporaryPlace();
  const holders = Array.from({ length: 6 }, () => startHolder(place.folder));
  const addresses = await Promise.all(holders.map((holder) => holder.address));
  expect(new Set(addresses.map((address) => JSON.stringify(address))).size).toBe(1);
  const last = holders.pop();
  await Promise.all(holders.map((holder) => holder.finish()));
  expect(await query(addresses[0] as PostgresAddress, "select 1 as one")).toEqual([{ one: 1 }]);
  await last?.finish();
  expect((await embeddedStatus(place.folder)).state).toMatch(/^stopp/);
});

test("processes that come and go and are killed at random always get a working server, and lose nothing", async () => {
  await using place = await temporaryPlace();
  const first = await startEmbedded({ folder: place.folder, purpose, settings });
  await query(first.address, "create table arrivals (id int)");
  await first.release();
  const visits = Array.from({ length: 12 }, async (_, id) => {
    await new Promise((resolve) => setTimeout(resolve, (id % 6) * 150));
    const holder = startHolder(place.folder);
    await query(await holder.address, `insert into arrivals values (${id})`);
    await (id % 3 === 0 ? holder.kill() : holder.finish());
  });
  await Promise.all(visits);
  const lease = await startEmbedded({ folder: place.folder, purpose, settings });
  expect(await query(lease.address, "select count(distinct id)::int as n, count(*)::int as all from arrivals")).toEqual(
    [{ n: 12, all: 12 }],
  );
  await lease.release();
  expect((await embeddedStatus(place.folder)).state).toMatch(/^stopp/);
});

test("a killed server comes back with everything that was committed", async () => {
  await using place = await temporaryPlace();
  const lease = await startEmbedded({ folder: place.folder, purpose, settings });
  await query(lease.address, "create table kept as select generate_series(1, 1000) as id");
  const busy = query(lease.address, "select pg_sleep(60)").catch((error) => error);
  const { pid } = await embeddedStatus(place.folder);
  process.kill(pid as number, "SIGKILL");
  expect(await busy).toBeDefined();
  const again = await startEmbedded({ folder: place.folder, purpose, settings });
  expect(await query(again.address, "select count(*)::int as n from kept")).toEqual([{ n: 1000 }]);
  await lease.release();
  await again.release();
});

test("a pid file that names a stranger's process is no obstacle, and the stranger is left alone", async () => {
  await using place = await temporaryPlace();
  const lease = await startEmbedded({ folder: place.folder, purpose, settings });
  const { data, pid } = await embeddedStatus(place.folder);
  const pidFile = join(data, "postmaster.pid");
  process.kill(pid as number, "SIGKILL");
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    cwd: "/",
    // One that the server itself may signal: it takes the process of another user for no obstacle.
    ...(await serverUser()),
  });
  const left = await readFile(pidFile, "utf8");
  await writeFile(pidFile, left.replace(/^\d+/, String(stranger.pid)));
  const again = await startEmbedded({ folder: place.folder, purpose, settings });
  expect(await query(again.address, "select 1 as one")).toEqual([{ one: 1 }]);
  await again.release();
  await lease.release();
  await stopEmbedded(place.folder, { force: true });
  expect(stranger.exitCode).toBe(null);
  expect(stranger.signalCode).toBe(null);
  stranger.kill();
});

test("an empty pid file, as a full disk leaves it, is no obstacle", async () => {
  await using place = await temporaryPlace();
  await (await startEmbedded({ folder: place.folder, purpose, settings })).release();
  await stopEmbedded(place.folder);
  const { data } = await embeddedStatus(place.folder);
  await writeFile(join(data, "postmaster.pid"), "");
  const lease = await startEmbedded({ folder: place.folder, purpose, settings });
  expect(await query(lease.address, "select 1 as one")).toEqual([{ one: 1 }]);
  await lease.release();
});

test("a start waits for a server that was told to stop, even if that one has not noticed yet", async () => {
  await using place = await temporaryPlace();
  const first = await startEmbedded({ folder: place.folder, purpose, settings });
  await query(first.address, "create table kept as select generate_series(1, 20000) as id");
  const { pid } = await embeddedStatus(place.folder);
  process.kill(pid as number, "SIGSTOP");
  await first.release();
  const starting = startEmbedded({ folder: place.folder, purpose, settings });
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.kill(pid as number, "SIGCONT");
  const second = await starting;
  expect((await embeddedStatus(place.folder)).pid).not.toBe(pid);
  expect(await query(second.address, "select count(*)::int as n from kept")).toEqual([{ n: 20_000 }]);
  await second.release();
});

async function serverUser(): Promise<{ uid?: number; gid?: number }> {
  if (!isRoot()) return {};
  const { uid, gid } = await findServerUser();
  return { uid, gid };
}
