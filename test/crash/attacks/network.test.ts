import { describe, expect, test, vi } from "vitest";
import type { FreshDatabase } from "../../harness/postgres.ts";
import { adminAddress } from "../../harness/postgres.ts";
import { type HostileProxy, hostileProxy, type Line } from "../hostile-proxy.ts";
import { attacked, LIMIT_MS } from "../intensity.ts";
import { run } from "../program.ts";
import { fileScene, type Scene } from "../scene.ts";
import type { Mode } from "../sources/crash-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

const MODES = attacked("append", "merge", "replace");
const ROWS = 6_000;
/** Longer than the pauses of a healthy network, shorter than any limit of ours. */
const STALL_MS = 1_500;

interface Attacked extends AsyncDisposable {
  scene: Scene;
  proxy: HostileProxy;
}

type Attack = (chunk: Buffer, line: Line) => Buffer | undefined;

/** A scene whose connections reach the destination through the proxy. */
async function throughProxy(mode: Mode): Promise<Attacked> {
  const address = await adminAddress();
  const proxy = await hostileProxy(address.port);
  const scene = await fileScene(mode, { via: { host: "127.0.0.1", port: proxy.port }, rows: ROWS });
  return {
    ...{ scene, proxy },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

/** Calls `attack` once, when rows of COPY are on their way to the server; it returns what is passed on. */
function duringCopy(proxy: HostileProxy, attack: Attack): void {
  proxy.toServer = (chunk, line) => {
    if (chunk.length < 1000 || !chunk.includes(", as of round ")) return chunk;
    proxy.toServer = (each) => each;
    proxy.attacks += 1;
    return attack(chunk, line);
  };
}

/** Calls `attack` once, when the COMMIT of a checkpoint is on its way to the server. */
function atCommit(proxy: HostileProxy, attack: Attack): void {
  const moving = new WeakSet<Line>();
  proxy.toServer = (chunk, line) => {
    if (/(insert into|update) _sluice\.state/.test(chunk.toString("latin1"))) moving.add(line);
    if (!moving.has(line) || !chunk.includes("commit\0")) return chunk;
    proxy.toServer = (each) => each;
    proxy.attacks += 1;
    return attack(chunk, line);
  };
}

async function expectRecovered({ scene, proxy }: Attacked, attempts: number): Promise<void> {
  const { code, output, result, events } = await run(scene.ws.root, "killed");
  expect(proxy.attacks).toBe(1);
  expect(code, output).toBe(0);
  expect(events.filter(({ kind }) => kind === "attempt.start")).toHaveLength(attempts);
  expect(result.stats.orders.inserted + result.stats.orders.unchanged).toBe(ROWS);
  await scene.expectExact();
}

describe("a network that", () => {
  test.each(MODES)("resets the connection within a COPY costs an attempt and no row, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    duringCopy(attacked.proxy, (_chunk, line) => {
      line.reset();
      return undefined;
    });
    await expectRecovered(attacked, 2);
  });

  test.each(MODES)("ends in the middle of a message of COPY costs an attempt and no row, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    duringCopy(attacked.proxy, (chunk, line) => {
      line.server.end(chunk.subarray(0, chunk.length / 2));
      line.client.destroy();
      return undefined;
    });
    await expectRecovered(attacked, 2);
  });

  test.each(MODES)("stands still for a while within a COPY costs nothing, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    duringCopy(attacked.proxy, (chunk, line) => {
      line.stall();
      setTimeout(() => line.resume(), STALL_MS);
      return chunk;
    });
    await expectRecovered(attacked, 1);
  });

  test("stands still for good does not keep a run beyond its time limit", async () => {
    await using attacked = await throughProxy("append");
    const { scene, proxy } = attacked;
    duringCopy(proxy, (chunk) => {
      for (const line of proxy.lines) line.stall();
      return chunk;
    });
    const { code, result, output } = await run(scene.ws.root, "killed", { flags: ["--timeout", "2"] });
    expect(proxy.attacks).toBe(1);
    expect([code, result?.error?.code], output).toEqual([1, "run_timeout"]);
    for (const line of proxy.lines) line.reset();
    await scene.expectExact();
  });
});

describe("a connection that breaks during COMMIT", () => {
  test.each(MODES)("after the server has done it: the rows count, and come once, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    atCommit(attacked.proxy, (chunk, line) => {
      swallowAnswer(attacked.proxy, line);
      return chunk;
    });
    await expectRecovered(attacked, mode === "replace" ? 1 : 2);
  });

  test.each(MODES)("before the server has heard of it: the rows come with the next attempt, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    atCommit(attacked.proxy, (_chunk, line) => {
      line.reset();
      return undefined;
    });
    await expectRecovered(attacked, 2);
  });

  test.each(MODES)("so that nobody can ask what became of it: the next attempt finds out, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    const { scene, proxy } = attacked;
    atCommit(proxy, (chunk, line) => {
      swallowAnswer(proxy, line);
      proxy.refusals = 1;
      return chunk;
    });
    const { code, output } = await run(scene.ws.root, "killed");
    expect(code, output).toBe(0);
    expect([proxy.attacks, proxy.refusals]).toEqual([1, 0]);
    await scene.expectExact();
  });
});

/** The server has spoken, so it has done what it was told; nobody hears it. */
function swallowAnswer(proxy: HostileProxy, line: Line): void {
  proxy.fromServer = (answer, from) => {
    if (from !== line) return answer;
    proxy.fromServer = (each) => each;
    line.reset();
    return undefined;
  };
}

describe("pg_terminate_backend", () => {
  test.each(MODES)("within a COPY costs an attempt and no row, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    let terminated = 0;
    duringCopy(attacked.proxy, (chunk, line) => {
      line.stall();
      void terminate(attacked.scene.db, "query ilike 'copy %'").then((count) => {
        terminated = count;
        line.resume();
      });
      return chunk;
    });
    await expectRecovered(attacked, 2);
    expect(terminated).toBeGreaterThan(0);
  });

  test.each(MODES)("during COMMIT costs an attempt and no row, by %s", async (mode) => {
    await using attacked = await throughProxy(mode);
    const { db } = attacked.scene;
    await db.client.query(`create function slow() returns trigger language plpgsql as
        'begin perform pg_sleep(30); return null; end';
      create constraint trigger slow after insert or update on _sluice.state deferrable initially deferred
        for each row execute function slow()`);
    const running = run(attacked.scene.ws.root, "killed");
    await expect.poll(() => terminate(db, "query = 'commit' and state = 'active'"), { timeout: 60_000 }).toBe(1);
    await db.client.query("drop trigger slow on _sluice.state");
    const { code, output, events } = await running;
    expect(code, output).toBe(0);
    expect(events.filter(({ kind }) => kind === "attempt.start")).toHaveLength(2);
    await attacked.scene.expectExact();
  });
});

async function terminate({ client }: FreshDatabase, which: string): Promise<number> {
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and ${which}`,
  );
  return rowCount ?? 0;
}
