import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { configWith } from "../../workspace/temporary-workspace.ts";
import { expectPicture, expectSaneFrame } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");

const SHOP = `
create table customers (id bigint primary key, name text not null, changed_at timestamptz);
create table orders (id bigint primary key, customer_id bigint, total numeric(10,2), note text);
create table visits (at timestamptz, page text);
insert into customers select n, 'customer ' || n, '2026-11-01' from generate_series(1, 25) n;
`;

async function open(address: PostgresAddress, options: Partial<ScreenOptions> = {}, schema: object = {}) {
  const { host, port, database, username, password = "" } = address;
  const shop = { options: { host, port, database, username, tables: ["public.*"] }, ...schema };
  const workspace = await tuiWorkspace({
    files: {
      "config.json": configWith(connectionEntry("shop", { type: "postgres", schema: shop as never })),
      ".dlt/secrets.toml": `[sources.shop]\npassword = ${JSON.stringify(password)}\n`,
    },
  });
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, connectors: CONNECTORS, ...options });
  await screen.shows("▸ shop");
  await screen.press("d");
  await screen.until(() => screen.text().includes("streams are loaded") && screen.text().includes("m mode"));
  const streams = async () => JSON.parse(await readFile(workspace.paths.config, "utf8")).connections[0].schema.streams;
  return { screen, streams };
}

async function shopDatabase() {
  const database = await freshDatabase();
  await database.client.query(SHOP);
  return database;
}

describe("the streams of a connection", () => {
  test("are chosen one by one, with their mode, and only what was changed is saved", async () => {
    await using database = await shopDatabase();
    const settings = { streams: { "public.orders": { table: "sales" } } };
    const { screen, streams } = await open(database.address, {}, settings);
    await screen.press("space", "G", "m");
    await screen.until(() => screen.text().includes("2 of 3 streams are loaded"));
    await expectPicture(screen, "streams-changed");
    expect(await streams()).toEqual(settings.streams);
    await screen.press("w");
    await screen.shows("The streams of shop are saved");
    expect(await streams()).toMatchObject({
      "public.orders": { table: "sales", selected: true },
      "public.visits": { selected: true },
    });
    expect(await streams()).not.toHaveProperty(["public.customers"]);
  });

  test("are all chosen again without being named, so that new ones are loaded too", async () => {
    await using database = await shopDatabase();
    const { screen, streams } = await open(database.address, {}, { streams: { "public.orders": { selected: true } } });
    await screen.shows("1 of 3");
    await screen.press("a", "w");
    await screen.shows("The streams of shop are saved");
    expect(await streams()).toBeUndefined();
  });

  test("are filtered, and all that are shown left out at once", async () => {
    await using database = await shopDatabase();
    const { screen, streams } = await open(database.address);
    await screen.press("/");
    await screen.type("ers");
    await screen.press("enter", "a", "esc");
    await screen.shows("1 of 3 streams are loaded");
    await screen.press("w");
    await screen.shows("The streams of shop are saved");
    expect(await streams()).toEqual({ "public.visits": { selected: true } });
  });

  test("show ten rows without loading anything, and leave no session at the source", async () => {
    await using database = await shopDatabase();
    const { screen } = await open(database.address);
    await screen.press("p");
    await screen.until(() => screen.text().includes("customer 10"));
    await screen.press("esc");
    await screen.shows("3 of 3 streams are loaded");
    const { rows } = await database.client.query(
      "select count(*)::int as sessions from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like '%shop%'",
    );
    expect(rows[0].sessions).toBe(0);
  });

  test("need a key for merging, which can be named", async () => {
    await using database = await shopDatabase();
    const { screen, streams } = await open(database.address);
    await screen.press("G");
    while (!screen.text().includes("✗ needs a key")) await screen.press("m");
    await screen.press("K");
    await screen.type("nothing");
    await screen.press("enter");
    await screen.shows("there is no column nothing");
    await screen.press("ctrl+u");
    await screen.type("at, page");
    await screen.press("enter", "w");
    await screen.shows("The streams of shop are saved");
    expect((await streams())["public.visits"]).toEqual({ mode: "merge", primary_key: ["at", "page"] });
  });

  test("keep what was chosen until it is saved or dropped, by whatever way one leaves", async () => {
    await using database = await shopDatabase();
    const { screen } = await open(database.address);
    await screen.press("space");
    await screen.shows("2 of 3");
    await screen.press("1");
    await screen.shows("▸ shop");
    await screen.press("d");
    await screen.shows("2 of 3 streams are loaded");
    await screen.press("esc");
    await screen.shows("One stream is changed and not saved");
    await screen.press("x");
    await screen.shows("▸ shop");
    await screen.press("d");
    await screen.shows("3 of 3 streams are loaded");
  });

  test("say why when the source cannot be asked", async () => {
    const workspace = await tuiWorkspace({
      connections: [
        connectionEntry("lost", {
          type: "postgres",
          schema: { options: { host: "127.0.0.1", port: 1, database: "x", username: "x" } },
        }),
      ],
    });
    const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, connectors: CONNECTORS });
    await screen.shows("▸ lost");
    await screen.press("d");
    await screen.until(() => screen.text().includes("What to do:"));
    expectSaneFrame(screen);
    await screen.press("e");
    await screen.shows("Edit lost");
  });
});
