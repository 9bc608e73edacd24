import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  embeddedStatus,
  holdEmbedded,
  removeEmbedded,
  startEmbedded,
  stopEmbedded,
} from "../../../../src/databases/postgres/embedded/embedded-postgres.ts";
import { type Place, query, startHolder, temporaryPlace } from "./holder-process.ts";

const purpose = "a test";
/** Processes are killed here, never the machine, so nothing need reach the disk. */
const settings = { fsync: "off" };

describe("on first use", () => {
  test("the server is made with a password that only its owner can read, and listens on this machine alone", async () => {
    await using place = await temporaryPlace();
    const lease = await startEmbedded({ folder: place.folder, purpose });
    const [found] = await query<Record<string, string>>(
      lease.address,
      `select current_setting('listen_addresses') as listens, current_setting('unix_socket_directories') as sockets,
              current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits,
              current_setting('server_encoding') as encoding, current_setting('password_encryption') as passwords,
              (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale,
              (select string_agg(distinct auth_method, ',') from pg_hba_file_rules) as auth`,
    );
    expect(found).toEqual({
      listens: "127.0.0.1",
      sockets: "",
      fsync: "on",
      commits: "on",
      encoding: "UTF8",
      passwords: "scram-sha-256",
      locale: "b C.UTF-8",
      auth: "scram-sha-256",
    });
    expect((await stat(join(place.folder, "password"))).mode & 0o777).toBe(0o600);
    expect(lease.address.password).toMatch(/^[\w-]{32}$/);
    const wrong = { ...lease.address, password: "guess" };
    await expect(query(wrong, "select 1")).rejects.toMatchObject({ code: "destination_login" });
    await lease.release();
  });

  test("what was made before a kill is discarded and made again", async () => {
    await using place = await temporaryPlace();
    for (const delay of [150, 400, 800]) {
      const holder = startHolder(place.folder);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await holder.kill();
    }
    const lease = await startEmbedded({ folder: place.folder, purpose, settings });
    expect(await query(lease.address, "select current_database() as name")).toEqual([{ name: "sluice" }]);
    await lease.release();
    const { data } = await embeddedStatus(place.folder);
    const left = async () => {
      await stopEmbedded(place.folder);
      await (await startEmbedded({ folder: place.folder, purpose, settings })).release();
      return (await readdir(dirname(data))).filter((name) => name.startsWith("data"));
    };
    await expect.poll(left, { timeout: 20_000 }).toEqual(["data"]);
  });

  test("a data folder that lacks its vital files is set aside and made again", async () => {
    await using place = await temporaryPlace();
    await mkdir(join(place.folder, "data"), { recursive: true });
    await writeFile(join(place.folder, "data", "postgresql.conf"), "# mine\n");
    const lease = await startEmbedded({ folder: place.folder, purpose, settings });
    await lease.release();
    const aside = (await readdir(place.folder)).find((name) => name.startsWith("data.broken-")) as string;
    expect(await readFile(join(place.folder, aside, "postgresql.conf"), "utf8")).toBe("# mine\n");
  });
});

describe("leases", () => {
  const place = sharedPlace();

  test("a second lease of the same process shares the server, and releasing twice counts once", async () => {
    const first = await startEmbedded({ folder: place.folder, purpose, settings });
    const second = await startEmbedded({ folder: place.folder, purpose, settings });
    expect(second.address).toEqual(first.address);
    await first.release();
    await first.release();
    expect(await query(second.address, "select 1 as one")).toEqual([{ one: 1 }]);
    expect((await embeddedStatus(place.folder)).users).toMatchObject([{ purpose, pid: process.pid }]);
    await second.release();
    expect((await embeddedStatus(place.folder)).state).toMatch(/^stopp/);
  });

  test("the server outlives the process that started it while another needs it", async () => {
    const starter = startHolder(place.folder);
    const address = await starter.address;
    const lease = await startEmbedded({ folder: place.folder, purpose, settings });
    await starter.kill();
    expect(await query(lease.address, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(lease.address).toEqual(address);
    await lease.release();
    expect((await embeddedStatus(place.folder)).state).toMatch(/^stopp/);
  });

  test("the lease of a killed process does not keep the server running", async () => {
    const lease = await startEmbedded({ folder: place.folder, purpose, settings });
    const killed = startHolder(place.folder);
    await killed.address;
    await killed.kill();
    await lease.release();
    expect((await embeddedStatus(place.folder)).state).toMatch(/^stopp/);
  });

  test("a start right after the last lease was given back waits for the stop and keeps port and data", async () => {
    const first = await startEmbedded({ folder: place.folder, purpose, settings });
    await query(first.address, "create table kept as select 1 as one");
    await first.release();
    const second = await startEmbedded({ folder: place.folder, purpose, settings });
    expect(second.address).toEqual(first.address);
    expect(await query(second.address, "select * from kept")).toEqual([{ one: 1 }]);
    await second.release();
  });

  test("another program on the port makes the server take another one", async () => {
    const first = await startEmbedded({ folder: place.folder, purpose, settings });
    await first.release();
    await stopEmbedded(place.folder);
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(first.address.port, "127.0.0.1", resolve));
    const second = await startEmbedded({ folder: place.folder, purpose, settings });
    squatter.close();
    expect(second.address.port).not.toBe(first.address.port);
    expect(await query(second.address, "select 1 as one")).toEqual([{ one: 1 }]);
    await second.release();
  });
});

describe("holding and stopping", () => {
  const place = sharedPlace();

  test("a held server stays when the last lease is given back, until it is stopped", async () => {
    const address = await holdEmbedded(place.folder, settings);
    const lease = await startEmbedded({ folder: place.folder, purpose, settings });
    await lease.release();
    expect(await embeddedStatus(place.folder)).toMatchObject({ state: "running", held: true, users: [], address });
    expect(await stopEmbedded(place.folder)).toEqual({ outcome: "stopped", users: [] });
    expect(await embeddedStatus(place.folder)).toMatchObject({ state: "stopped", held: false, data_version: 18 });
    expect(await stopEmbedded(place.folder)).toEqual({ outcome: "not_running", users: [] });
  });

  test("a server in use is stopped only by force", async () => {
    const lease = await startEmbedded({ folder: place.folder, purpose, settings });
    expect(await stopEmbedded(place.folder)).toMatchObject({ outcome: "in_use", users: [{ purpose }] });
    expect(await query(lease.address, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(await stopEmbedded(place.folder, { force: true })).toMatchObject({ outcome: "stopped" });
    await expect(query(lease.address, "select 1")).rejects.toMatchObject({ code: "destination_unreachable" });
    await lease.release();
  });

  test("looking at a folder where nothing was made makes nothing", async () => {
    await using place = await temporaryPlace();
    expect(await embeddedStatus(place.folder)).toMatchObject({ state: "absent", held: false });
    expect(await stopEmbedded(place.folder)).toMatchObject({ outcome: "not_running" });
    expect(await readdir(place.root)).toEqual([]);
  });

  test("removing it leaves neither process nor file", async () => {
    const { port } = await holdEmbedded(place.folder, settings);
    const { data, pid } = await embeddedStatus(place.folder);
    await removeEmbedded(place.folder);
    await expect(stat(data)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(stat(place.folder)).rejects.toMatchObject({ code: "ENOENT" });
    expect(() => process.kill(pid as number, 0)).toThrow(/ESRCH/);
    expect(port).toBeGreaterThan(0);
  });
});

test("data of another major version is not touched, and the message says how to take it along", async () => {
  await using place = await temporaryPlace();
  const { data } = await prepareData(place.folder);
  const version = join(data, "PG_VERSION");
  await writeFile(version, "17\n");
  const error = await startEmbedded({ folder: place.folder, purpose, settings }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "embedded_version", details: { data_version: 17, server_version: 18 } });
  expect(error.message).toContain("pg_dumpall");
  expect(error.message).toContain(data);
  expect(await readFile(version, "utf8")).toBe("17\n");
});

test("a server that cannot start is reported with its own words and its log", async () => {
  await using place = await temporaryPlace();
  const { data, log } = await prepareData(place.folder);
  await writeFile(join(data, "postgresql.conf"), "shared_buffers = 'much'\n");
  const error = await startEmbedded({ folder: place.folder, purpose, settings }).catch((thrown) => thrown);
  expect(error.code).toBe("embedded_failed");
  expect(error.message).toContain(log);
  expect(error.message).toContain("shared_buffers");
  expect((await embeddedStatus(place.folder)).users).toEqual([]);
});

/** A stopped server's data. */
async function prepareData(folder: string) {
  await (await startEmbedded({ folder, purpose, settings })).release();
  await stopEmbedded(folder);
  return embeddedStatus(folder);
}

/** One place for the tests of a group, each of which leaves the server stopped or stopping. */
function sharedPlace(): { folder: string } {
  const shared = { folder: "" };
  let place: Place;
  beforeAll(async () => {
    place = await temporaryPlace();
    shared.folder = place.folder;
  });
  afterAll(() => place[Symbol.asyncDispose]());
  return shared;
}
