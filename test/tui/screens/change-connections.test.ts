import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { configWith } from "../../workspace/temporary-workspace.ts";
import { expectPicture } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");
const SECRETS = `[sources.orders]
token = "a-word-that-nobody-knows"

[destination.postgres.credentials]
host = "127.0.0.1"
port = 1
database = "nowhere"
username = "nobody"
`;

async function open(options: Partial<ScreenOptions> = {}, secrets = SECRETS) {
  const config = {
    ...configWith(connectionEntry("orders"), connectionEntry("people")),
    settings: { destination: "postgres" },
  };
  const workspace = await tuiWorkspace({
    files: { "config.json": config, ".dlt/secrets.toml": secrets, "orders.csv": "id\n1\n" },
  });
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, connectors: CONNECTORS, ...options });
  await screen.shows("▸ orders");
  const saved = async () => JSON.parse(await readFile(workspace.paths.config, "utf8")).connections;
  const secretsText = () => readFile(workspace.paths.secrets, "utf8");
  return { screen, workspace, saved, secretsText };
}

describe("changing connections from their list", () => {
  test("a rename takes the secrets along, and a name that is taken is refused", async () => {
    const { screen, saved, secretsText } = await open();
    await screen.press("n", "ctrl+u");
    await screen.shows("which becomes the namespace of the");
    await screen.type("people");
    await screen.shows("✗ another connection is called that");
    await screen.press("ctrl+u");
    await screen.type("sales");
    await screen.until(() => screen.text().includes("rename orders sales"));
    await expectPicture(screen, "connections-rename");
    await screen.press("enter");
    await screen.shows("orders is now sales");
    expect((await saved())[0]).toMatchObject({ name: "sales", schema: { namespace: "orders" } });
    expect(await secretsText()).toContain("[sources.sales]");
  });

  test("a copy has the settings and secrets, and a name that is free", async () => {
    const { screen, saved, secretsText } = await open();
    await screen.press("c", "enter");
    await screen.shows("orders_2 is a copy of orders");
    await screen.shows("▸ orders_2");
    const [orders, , copy] = await saved();
    expect(copy).toMatchObject({ name: "orders_2", schema: orders.schema });
    expect(copy.id).not.toBe(orders.id);
    expect(await secretsText()).toContain("[sources.orders_2]");
  });

  test("a deletion takes the secrets along when that is wanted", async () => {
    const { screen, saved, secretsText } = await open();
    await screen.press("D", "s");
    await screen.shows("Its section is taken out of secrets.toml");
    await screen.type("orders");
    await screen.press("enter");
    await screen.shows("orders is deleted");
    expect(await saved()).toHaveLength(1);
    expect(await secretsText()).not.toContain("[sources.orders]");
  });

  test("a deletion whose tables cannot be reached changes nothing", async () => {
    const { screen, saved, secretsText } = await open();
    await screen.press("D", "b");
    await screen.type("orders");
    await screen.press("enter");
    await screen.shows("✗ [destination");
    expect(await saved()).toHaveLength(2);
    expect(await secretsText()).toContain("[sources.orders]");
  });

  test("a reset asks for the name and moves the state in the destination", async () => {
    await using database = await freshDatabase();
    const { host, port, database: name, username, password = "" } = database.address;
    const credentials = `[destination.postgres]\ncredentials = "postgresql://${username}:${password}@${host}:${port}/${name}"\n`;
    const { screen, saved } = await open({}, credentials);
    await screen.press("Z");
    await screen.until(() => screen.text().includes("Reset the state of orders?"));
    await expectPicture(screen, "connections-reset");
    await screen.type("orders");
    await screen.press("enter");
    await screen.shows("orders begins anew with its next run");
    expect((await saved())[0].state.streams).toEqual({});
  });

  test("the editor is opened again for options that the connector does not take", async () => {
    const { screen, saved } = await open({ env: { EDITOR: `sed -i 's/"path"/"paht"/'` } });
    const before = await saved();
    await screen.press("E");
    await screen.shows("What you wrote cannot be taken");
    await screen.shows("schema.options.paht is not a known key");
    await screen.press("n");
    await screen.shows("Nothing was changed");
    expect(await saved()).toEqual(before);
  });

  test("the editor opens the settings, and only what was changed is written", async () => {
    const { screen, saved } = await open({ env: { EDITOR: `sed -i 's/orders.csv/sales.csv/'` } });
    const before = (await saved())[0];
    await screen.press("E");
    await screen.shows("orders is changed");
    expect((await saved())[0]).toEqual({ ...before, schema: { options: { path: "sales.csv" } } });
  });
});
