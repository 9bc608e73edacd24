import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { connectPostgres, type PostgresAddress } from "../../../src/databases/postgres/client.ts";
import {
  embeddedStatus,
  holdEmbedded,
  removeEmbedded,
  stopEmbedded,
} from "../../../src/databases/postgres/embedded/embedded-postgres.ts";
import { mayMount } from "../../harness/mounts.ts";
import { aftermathOf, NO_TRACES } from "../aftermath.ts";
import { differenceBetween, NO_DIFFERENCE } from "../comparison.ts";
import { type HostileProxy, hostileProxy } from "../hostile-proxy.ts";
import { attacked, LIMIT_MS } from "../intensity.ts";
import { run, runToEnd } from "../program.ts";
import { fileScene, type Scene } from "../scene.ts";
import type { Mode } from "../sources/crash-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

const sh = promisify(execFile);
/** Enough for a server that has room for one load and not for the next. */
const DISK_MB = 160;

interface OwnServer extends AsyncDisposable {
  folder: string;
  address: PostgresAddress;
  /** Leads to the server wherever it is after a restart. */
  proxy: HostileProxy;
}

/** A server of the test's own, reached through a proxy. */
async function ownServer(folder: string): Promise<OwnServer> {
  const address = await holdEmbedded(folder, { max_wal_size: "32MB", min_wal_size: "32MB" });
  const proxy = await hostileProxy(address.port);
  return {
    ...{ folder, address, proxy },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await removeEmbedded(folder);
    },
  };
}

function sceneOn({ address, proxy }: OwnServer, mode: Mode = "append"): Promise<Scene> {
  return fileScene(mode, { address, via: { host: "127.0.0.1", port: proxy.port } });
}

/** Stops the server in its way once rows are on their way to it, and starts it again. */
function restartDuringCopy({ folder, proxy }: OwnServer, stop: () => Promise<unknown>): Promise<void> {
  const done = Promise.withResolvers<void>();
  proxy.toServer = (chunk, line) => {
    if (chunk.length < 1000 || !chunk.includes(", as of round ")) return chunk;
    proxy.toServer = (each) => each;
    line.client.pause();
    const restart = async () => {
      await stop();
      for (const each of proxy.lines) each.reset();
      proxy.target = (await holdEmbedded(folder)).port;
    };
    restart().then(done.resolve, done.reject);
    return chunk;
  };
  return done.promise;
}

/** Returns when the server is gone. */
async function signalled({ folder }: OwnServer, signal: NodeJS.Signals): Promise<void> {
  const { pid = 0 } = await embeddedStatus(folder);
  process.kill(pid, signal);
  await expect.poll(async () => (await embeddedStatus(folder)).pid, { timeout: 60_000, interval: 20 }).not.toBe(pid);
}

async function expectExact(scene: Scene, { folder }: OwnServer): Promise<void> {
  for (const connection of ["killed", "killed", "reference"]) await runToEnd(scene.ws.root, connection);
  const client = await connectPostgres(await holdEmbedded(folder), { application_name: "test" });
  expect(await differenceBetween(client, "killed", "reference")).toEqual(NO_DIFFERENCE);
  expect(await aftermathOf(client, scene.ws.root)).toEqual(NO_TRACES);
  await client.end();
}

/** Goes when all that was made after it has gone: a server that still runs writes into its folder. */
async function newFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "sluice-crash-server-"));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe("a server that", () => {
  test.each(attacked("append", "merge", "replace"))(
    "is stopped, told to quit, and then killed, in the middle of a run: nothing is lost or doubled, by %s",
    async (mode) => {
      await using parent = await newFolder();
      await using server = await ownServer(join(parent.path, "postgres"));
      await using scene = await sceneOn(server, mode);
      const fast = () => stopEmbedded(server.folder, { force: true });
      // What `pg_ctl stop -m immediate` sends; the server recovers from its log when it starts again.
      const immediate = () => signalled(server, "SIGQUIT");
      const killed = () => signalled(server, "SIGKILL");
      for (const stop of [fast, immediate, killed]) {
        const restarted = restartDuringCopy(server, stop);
        const ended = await run(scene.ws.root, "killed");
        await restarted;
        expect([0, 1], ended.output).toContain(ended.code);
        expect(ended.events.map(({ kind }) => kind)).toContain("attempt.error");
        await runToEnd(scene.ws.root, "killed");
        await scene.nextRound();
      }
      await expectExact(scene, server);
    },
  );

  test.runIf(mayMount)("has no room left ends the run in good order (where a small disk may be mounted)", async () => {
    await using parent = await newFolder();
    await using _disk = await mounted(parent.path);
    await using server = await ownServer(join(parent.path, "postgres"));
    await using scene = await sceneOn(server);
    await sh("sh", ["-c", `cat /dev/zero > '${parent.path}/ballast' 2>/dev/null || true`]);
    const full = await run(scene.ws.root, "killed");
    expect(full.code, full.output).toBe(1);
    expect(full.result.error.code, full.output).toMatch(/^destination_/);
    expect(full.output).toMatch(/No space left|destination_lost/);
    await rm(join(parent.path, "ballast"));
    server.proxy.target = (await holdEmbedded(server.folder)).port;
    await expectExact(scene, server);
  });

  test("says that its disk is full ends the run in good order, and the next one loads the rest", async () => {
    await using scene = await fileScene("append");
    const { client } = scene.db;
    await client.query(`create function full_disk() returns trigger language plpgsql as $$begin
        if new.id > 9000 then raise 'could not extend file: No space left on device' using errcode = '53100'; end if;
        return new; end$$;
      create trigger full_disk before insert on killed.orders for each row execute function full_disk()`);
    const full = await run(scene.ws.root, "killed");
    expect(full.code, full.output).toBe(1);
    expect(full.result.error.message, full.output).toContain("No space left on device");
    await client.query("drop trigger full_disk on killed.orders");
    await scene.expectExact();
  });
});

async function mounted(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  await sh("mount", ["-t", "tmpfs", "-o", `size=${DISK_MB}m,mode=0755`, "tmpfs", folder]);
  return {
    async [Symbol.asyncDispose]() {
      await sh("umount", ["-l", folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
