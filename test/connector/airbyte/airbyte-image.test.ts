import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { rowsOf } from "../rest/rest-workspace.ts";
import { changeConfig, messagesOf } from "../singer/singer-workspace.ts";
import { airbyteWorkspace, lastSeen } from "./airbyte-workspace.ts";

const ENGINE = join(import.meta.dirname, "../../harness/programs/docker.mjs");
const USERS = {
  keys: ["id"],
  cursor: "id",
  properties: { id: { type: "integer" } },
  rows: [{ id: 1 }, { id: 2 }],
};

/** A connection of an image, with the engine's log beside the workspace. */
async function imageWorkspace(database: Awaited<ReturnType<typeof freshDatabase>>, state = "") {
  const options = { command: undefined, args: undefined, image: "shop/source:1", engine: ENGINE };
  const ws = await airbyteWorkspace(database, { config: { tables: { users: USERS } }, options });
  const { writeFile } = await import("node:fs/promises");
  const log = join(ws.root, "engine.log");
  const file = JSON.parse(await readFile(ws.config, "utf8"));
  Object.assign(file.connections[0].schema.options, {
    env: { ENGINE_LOG: log, ENGINE_STATE: state, SHOP_REGION: "eu" },
    image_args: ["--network", "host"],
  });
  await writeFile(ws.config, JSON.stringify(file));
  const calls = async (command: string): Promise<string[][]> => {
    const lines = existsSync(log) ? (await readFile(log, "utf8")).trim().split("\n") : [];
    return lines.map((line) => JSON.parse(line) as string[]).filter(([first]) => first === command);
  };
  return { ws, calls };
}

test("an image is pulled once and run with one private folder, our user and no value of the environment in sight", async () => {
  await using db = await freshDatabase();
  const { ws, calls } = await imageWorkspace(db);
  await using _ = ws;
  const seen = join(ws.root, "seen");
  await changeConfig(ws, ({ config }) => Object.assign(config, { seen }));
  const first = await ws.run("shop");
  expect(first.result).toMatchObject({ status: "success", stats: { users: { inserted: 2 } } });
  expect(messagesOf(first.events)).toContain("pulling shop/source:1: this happens once");
  expect((await ws.run("shop")).result).toMatchObject({ status: "success", stats: { users: { rows_read: 0 } } });
  expect(await calls("pull")).toEqual([["pull", "--quiet", "shop/source:1"]]);
  expect(await rowsOf(db, "shop.users")).toEqual([{ id: 1 }, { id: 2 }]);
  const runs = await calls("run");
  expect(runs.map((call) => call.find((word) => /^(spec|discover|read)$/.test(word)))).toEqual([
    "spec",
    "discover",
    "read",
    "spec",
    "discover",
    "read",
  ]);
  const read = runs[2]?.join(" ") ?? "";
  const { getuid, getgid } = process;
  expect(read).toMatch(/^run --rm -i --init --label /);
  expect(read).toContain(` --user ${getuid?.()}:${getgid?.()} `);
  expect(read).toMatch(/ -v (\S+\/\.sluice\/private\/\S+):\1:ro .*--network host shop\/source:1 read --config \1\//);
  expect(read).toContain("-e SHOP_REGION ");
  expect(read).not.toContain("eu ");
  expect((await lastSeen(seen, "read")).state).toMatchObject([{ type: "STREAM" }]);
  expect((await calls("rm")).length).toBe(0);
});

test.each([
  [
    "stopped",
    "engine_missing",
    /no container engine answers as .*Cannot connect to the Docker daemon.*option `package`/,
    3,
  ],
  ["unknown", "image_not_pulled", /pulling the image shop\/source:1: .*manifest for shop\/source:1 not found/, 1],
])("an engine that is %s is told from an image that is not there", async (state, code, says, exit_code) => {
  await using db = await freshDatabase();
  const { ws } = await imageWorkspace(db, state);
  await using _ = ws;
  const { result } = await ws.run("shop", { retries: 0 });
  expect(result).toMatchObject({ exit_code, error: { code, message: expect.stringMatching(says) } });
});
