import { describe, expect, test, vi } from "vitest";
import { type HostileProxy, hostileProxy } from "../hostile-proxy.ts";
import { attacked, LIMIT_MS } from "../intensity.ts";
import { run } from "../program.ts";
import { type Scene, sceneOf } from "../scene.ts";
import type { Mode } from "../sources/crash-source.ts";
import { type DatabaseOptions, databaseSource } from "../sources/database-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

const CASES = attacked("append", "merge", "replace").flatMap((mode) =>
  (["bytes", "values"] as const).map((form) => ({ form, mode })),
);
/** Longer than the pauses of a healthy network, shorter than any limit of ours. */
const STALL_MS = 1_500;

interface Attacked extends AsyncDisposable {
  scene: Scene;
  proxy: HostileProxy;
}

/** A scene whose source is a database that is reached through the proxy. */
async function fromProxy(form: DatabaseOptions["form"], mode: Mode): Promise<Attacked> {
  let proxy: HostileProxy | undefined;
  const via = async ({ port }: { port: number }) => {
    proxy = await hostileProxy(port);
    return { host: "127.0.0.1", port: proxy.port };
  };
  const scene = await sceneOf({ source: await databaseSource({ form, via }), mode });
  if (proxy === undefined) throw new Error("the source was not asked for its way");
  const between: HostileProxy = proxy;
  return {
    ...{ scene, proxy: between },
    async [Symbol.asyncDispose]() {
      await between[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

/** Calls `attack` once, when rows are on their way from the source. */
function duringRead(proxy: HostileProxy, attack: HostileProxy["fromServer"]): void {
  proxy.fromServer = (chunk, line) => {
    if (chunk.length < 1000 || !chunk.includes(", as of round ")) return chunk;
    proxy.fromServer = (each) => each;
    proxy.attacks += 1;
    return attack(chunk, line);
  };
}

async function expectRecovered({ scene, proxy }: Attacked, attempts: number): Promise<void> {
  const { code, output, events } = await run(scene.ws.root, "killed");
  expect(proxy.attacks).toBe(1);
  expect(code, output).toBe(0);
  expect(events.filter(({ kind }) => kind === "attempt.start")).toHaveLength(attempts);
  await scene.expectExact();
}

describe("the network to a database that is read", () => {
  test.each(CASES)("resets the connection: an attempt is lost and no row, $form by $mode", async ({ form, mode }) => {
    await using attacked = await fromProxy(form, mode);
    duringRead(attacked.proxy, (_chunk, line) => {
      line.reset();
      return undefined;
    });
    await expectRecovered(attacked, 2);
  });

  test.each(CASES)(
    "ends in the middle of a message: what came is not taken for all, $form by $mode",
    async ({ form, mode }) => {
      await using attacked = await fromProxy(form, mode);
      duringRead(attacked.proxy, (chunk, line) => {
        line.client.end(chunk.subarray(0, chunk.length / 2));
        line.server.destroy();
        return undefined;
      });
      await expectRecovered(attacked, 2);
    },
  );

  test.each(CASES)("stands still for a while: that costs nothing, $form by $mode", async ({ form, mode }) => {
    await using attacked = await fromProxy(form, mode);
    duringRead(attacked.proxy, (chunk, line) => {
      line.stall();
      setTimeout(() => line.resume(), STALL_MS);
      return chunk;
    });
    await expectRecovered(attacked, 1);
  });
});
