import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { adoptState, destinationState, setCursor } from "../../../src/pipelines/load/state-operations.ts";
import { stateRows, withPart } from "../../../src/tui/screens/state/state-tree.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { configWith, idOf } from "../../workspace/temporary-workspace.ts";
import { expectPicture } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

const ID = idOf("orders");
const MIRROR = {
  version: 1 as const,
  revision: 3,
  destination_id: "0193f0c2-7d1e-7c55-9b0e-000000000001",
  global: {},
  streams: {
    lines: { cursor: { file: "lines.csv", at: { byte: 120, row: 7 } } },
    orders: { cursor: "2026-11-20T10:00:00Z" },
  },
};

/** A workspace whose destination is a database of its own, with the state of `orders` in both. */
async function open(options: Partial<ScreenOptions> = {}) {
  const database = await freshDatabase();
  const { address } = database;
  await setCursor(address, ID, "orders", "");
  const state = { ...(await adoptState(address, ID, MIRROR)) };
  const config = configWith(connectionEntry("orders", { state }), connectionEntry("fresh"));
  config.settings.destination = "warehouse";
  const { host, port, database: name, username, password } = address;
  const credentials = { host, port, database: name, username, password: password ?? "" };
  const toml = Object.entries(credentials).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const workspace = await tuiWorkspace({
    files: {
      "config.json": config,
      ".dlt/secrets.toml": `[destination.warehouse.credentials]\n${toml.join("\n")}\n`,
    },
  });
  const place = { screen: "state" } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, ...options });
  await screen.shows("fresh");
  return { screen, workspace, database };
}

describe("the tree", () => {
  const entry = { connection: "orders", mirror: MIRROR, compared: undefined };

  test("shows a cursor's parts once it is opened", () => {
    const closed = stateRows([entry], new Set());
    expect(closed.map(({ label }) => label)).toEqual(["orders", "lines", "orders"]);
    const opened = stateRows([entry], new Set(['["orders","lines"]', '["orders","lines","at"]']));
    expect(opened.map(({ label, text }) => `${label} ${text}`)).toContain("byte 120");
  });

  test("changes one part of a cursor and leaves the others", () => {
    expect(withPart({ a: [1, { b: 2 }], c: 3 }, ["a", "1", "b"], "x")).toEqual({ a: [1, { b: "x" }], c: 3 });
  });

  test("says where config.json and the destination differ", () => {
    const destination = { ...MIRROR, streams: { ...MIRROR.streams, orders: { cursor: "2026-11-19T00:00:00Z" } } };
    const rows = stateRows([{ ...entry, compared: { state: "ready", destination } }], new Set());
    expect(rows.map(({ note }) => note)).toEqual(["config.json differs", "", "config.json: 2026-11-20T10:00:00Z"]);
  });
});

describe("the screen", () => {
  test("moves a part of a cursor once the connection's name is typed", async () => {
    const { screen, workspace, database } = await open();
    await using _ = database;
    await screen.press("j", "enter", "j", "j", "enter", "j", "e");
    expect(screen.text()).toContain("Cursor of lines › at › byte");
    await screen.press("ctrl+u");
    await screen.type("240");
    await screen.press("enter");
    await expectPicture(screen, "state-move");
    await screen.type("orders");
    await screen.press("enter");
    await screen.shows("the cursor of lines is moved");
    const { streams } = await destinationState(database.address, ID);
    expect(streams.lines?.cursor).toEqual({ file: "lines.csv", at: { byte: 240, row: 7 } });
    expect(await readFile(workspace.paths.config, "utf8")).toContain('"byte": 240');
  });

  test("resets a stream, and brings it back from a backup", async () => {
    const { screen, database } = await open();
    await using _ = database;
    await screen.press("j", "j", "D");
    expect(screen.text()).toContain("sluice state reset orders --stream orders");
    await screen.type("orders");
    await screen.press("enter");
    await screen.shows("starts from the beginning");
    expect((await destinationState(database.address, ID)).streams.orders?.cursor).toBeNull();
    await screen.press("b");
    await screen.shows("States of orders in the backups");
    await screen.press("enter");
    await screen.type("orders");
    await screen.press("enter");
    await screen.shows("is that of the backup");
    expect((await destinationState(database.address, ID)).streams.orders?.cursor).toBe("2026-11-20T10:00:00Z");
  });

  test("finds a hand edit and undoes it", async () => {
    const { screen, workspace, database } = await open();
    await using _ = database;
    const text = await readFile(workspace.paths.config, "utf8");
    await writeFile(workspace.paths.config, text.replace("2026-11-20T10", "2026-11-01T10"));
    await screen.shows("2026-11-01T10");
    await screen.press("c");
    await screen.shows("config.json differs");
    await screen.press("U");
    await screen.type("orders");
    await screen.press("enter");
    await screen.shows("as in the destination");
    expect(await readFile(workspace.paths.config, "utf8")).toContain("2026-11-20T10");
  });
});
