import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { configWith } from "../../workspace/temporary-workspace.ts";
import { expectSaneFrame, SIZES } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

async function open(options: Partial<ScreenOptions> = {}, change: Partial<PostgresAddress> = {}) {
  const database = await freshDatabase();
  await database.client.query(`
    create schema shop;
    create table shop.orders (id bigint, title text, paid boolean);
    insert into shop.orders values (1, 'one', true), (2, '', null);
    analyze shop.orders`);
  const { host, port, database: name, username, password } = { ...database.address, ...change };
  const config = configWith(connectionEntry("orders"));
  config.settings.destination = "warehouse";
  const values = { host, port, database: name, username, password: password ?? "hunter-2" };
  const toml = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const secrets = `[destination.warehouse.credentials]\n${toml.join("\n")}\n`;
  const workspace = await tuiWorkspace({ files: { "config.json": config, ".dlt/secrets.toml": secrets } });
  const place = { screen: "database" } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, ...options });
  return { screen, workspace, database, password: values.password };
}

describe("the database", () => {
  test.each(SIZES)("is shown with its tables and without its password at %i×%i", async (columns, rows) => {
    const { screen, database, password } = await open({ columns, rows });
    await using _ = database;
    await screen.shows("shop");
    expectSaneFrame(screen);
    const text = screen.text();
    expect(text).toMatch(/warehouse: ✓ answers, Postgres \d+/);
    expect(text).toMatch(/▸ shop +orders +2/);
    expect(screen.written()).not.toContain(password);
  });

  test("is joined by another one, whose address is asked for and never shown", async () => {
    const { screen, workspace, database } = await open();
    await using _ = database;
    await screen.shows("shop");
    await screen.press("a");
    await screen.shows("Name of the new destination");
    await screen.press("ctrl+u");
    await screen.type("warehouse");
    await screen.press("enter");
    await screen.shows("there is one of that name already");
    await screen.press("ctrl+u");
    await screen.type("lake");
    await screen.press("enter");
    await screen.shows("Address of lake");
    const { host, port, database: name, username, password = "" } = database.address;
    await screen.type(`postgresql://${username}:${encodeURIComponent(password)}@${host}:${port}/${name}`);
    await screen.press("enter");
    await screen.shows("lake is added");
    await screen.shows("lake: ✓ answers");
    const toml = await readFile(workspace.paths.secrets, "utf8");
    expect(toml).toMatch(/\[destination\.lake\.credentials\][\s\S]*username = /);
    expect(screen.written()).not.toContain(`${username}:${password}`);
  });

  test("shows a table's rows, with null and the empty text told apart", async () => {
    const { screen, database } = await open();
    await using _ = database;
    await screen.shows("shop");
    await screen.press("enter");
    await screen.shows("2 rows");
    expect(screen.text()).toContain('select * from "shop"."orders"');
    expect(screen.text()).toMatch(/▸ +1 {2}one +t/);
    expect(screen.text()).toMatch(/2 {2}"" +null/);
    expectSaneFrame(screen);
  });

  test("answers queries, and refuses those that would change something", async () => {
    const { screen, database } = await open();
    await using _ = database;
    await screen.shows("shop");
    await screen.press("i");
    await screen.paste("delete from shop.orders");
    await screen.press("enter");
    await screen.shows("read-only transaction");
    expect((await database.client.query("select from shop.orders")).rowCount).toBe(2);
    await screen.press("i", "ctrl+u");
    await screen.paste("select sum(id) as total from shop.orders");
    await screen.press("enter");
    await screen.shows(/total.*▸ +3/s);
  });

  test("is tested step by step", async () => {
    const { screen, database } = await open();
    await using _ = database;
    await screen.shows("shop");
    await screen.press("t");
    await screen.shows(/✓ privileges/);
    expectSaneFrame(screen);
  });

  test("that does not answer says why and what can be done", async () => {
    const { screen, database } = await open({}, { port: 1 });
    await using _ = database;
    await screen.shows("✗ does not answer");
    expect(screen.text()).toContain("Press t to test it step by step");
    await screen.press("t");
    await screen.shows(/✗ tcp/);
    expect(screen.text()).toContain("→");
  });

  test("is another one once that is chosen", async () => {
    const { screen, workspace, database } = await open();
    await using _ = database;
    await screen.shows("shop");
    await screen.press("w");
    await screen.shows("warehouse (as now)");
    await screen.press("enter");
    await screen.shows("Load to embedded from now on?");
    await screen.press("y");
    await screen.shows("not made yet");
    expect(JSON.parse(await readFile(workspace.paths.config, "utf8")).settings.destination).toBe("embedded");
    expectSaneFrame(screen);
  });

  test("is not come back to when one has gone elsewhere while another was being set", async () => {
    const { screen, database } = await open();
    await using _ = database;
    await screen.shows("shop");
    await screen.press("w");
    await screen.shows("warehouse (as now)");
    await screen.press("enter");
    await screen.shows("Load to embedded from now on?");
    await screen.type("y1");
    await screen.shows("connections load to embedded from now on");
    expect(screen.session.router.get().map(({ place }) => place.screen)).toEqual(["connections"]);
  });
});
