import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { configWith } from "../../workspace/temporary-workspace.ts";
import { expectPicture } from "../harness/picture.ts";
import { openScreen } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");
const SOURCE = join(import.meta.dirname, "../../harness/programs/airbyte-source.mjs");
const CONFIG = { ...configWith(connectionEntry("orders")), settings: { destination: "postgres" } };
const NOWHERE = `[destination.postgres.credentials]
host = "127.0.0.1"
port = 1
database = "nowhere"
username = "nobody"
`;
/** Of the settings: package, python, image, engine, image_args stand between. */
const TO_COMMAND = ["tab", "tab", "tab", "tab", "tab", "tab"] as const;

async function open(files: Record<string, JsonValue> = {}) {
  const workspace = await tuiWorkspace({ files: { "config.json": CONFIG, ".dlt/secrets.toml": NOWHERE, ...files } });
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, connectors: CONNECTORS });
  await screen.shows("▸ orders");
  await screen.press("a");
  await screen.shows("⏎ choose");
  await screen.press("/");
  await screen.type("airbyte");
  await screen.press("enter", "enter");
  await screen.shows("▸2 settings");
  await screen.until(() => screen.text().includes("1 of ") && screen.text().includes("ctrl+s go on"));
  await screen.type("shop");
  await screen.press(...TO_COMMAND);
  return { screen, workspace };
}

test("the fields of a program's config are asked of the program itself, secret ones among the secrets", async () => {
  await using database = await freshDatabase();
  const { host, port, database: name, username, password = "" } = database.address;
  const credentials = `postgresql://${username}:${password}@${host}:${port}/${name}`;
  const { screen, workspace } = await open({
    ".dlt/secrets.toml": `[destination.postgres]\ncredentials = "${credentials}"\n`,
  });
  await screen.type(process.execPath);
  await screen.press("tab");
  await screen.type(SOURCE);
  await screen.press("ctrl+s");
  await screen.shows("▸3 config");
  await screen.shows("page_size");
  expect(screen.text()).not.toMatch(/token|credentials\.key/);
  await screen.press("tab");
  await screen.type("0");
  await screen.press("ctrl+s");
  await screen.shows("✗ page_size");
  await expectPicture(screen, "add-config");
  await screen.press("backspace");
  await screen.type("50");
  await screen.press("tab");
  await screen.type("2026-01-01");
  await screen.press("tab", "right", "right");
  await screen.press("ctrl+s");
  await screen.shows("▸4 secrets");
  await screen.shows("credentials__key");
  await expectPicture(screen, "add-config-secrets");
  await screen.type("token-0815");
  await screen.press("tab", "tab");
  await screen.type("key-4711");
  await screen.press("ctrl+s");
  await screen.shows("✓ source");
  await screen.until(() => !screen.text().includes("testing…"));
  expect(screen.text()).toContain("node accepts its config");
  await screen.press("enter");
  await screen.shows("shop is added");
  const added = JSON.parse(await readFile(workspace.paths.config, "utf8")).connections[1];
  expect(added.schema.options).toEqual({
    command: process.execPath,
    args: [SOURCE],
    config: { page_size: 50, start: "2026-01-01", credentials: { kind: "key" } },
  });
  const secrets = await readFile(join(workspace.root, ".dlt", "secrets.toml"), "utf8");
  expect(secrets).toMatch(/token = "token-0815"[\s\S]*credentials__key = "key-4711"/);
});

test("a source that cannot be asked says why, and one can go back or on", async () => {
  const { screen } = await open();
  await screen.type("no-such-source-anywhere");
  await screen.press("ctrl+s");
  await screen.shows("no-such-source-anywhere: the program");
  await screen.shows("go on without");
  await screen.press("esc");
  await screen.shows("▸2 settings");
  await screen.press("ctrl+s");
  await screen.shows("go on without");
  await screen.press("enter");
  await screen.shows("✗ source");
});
