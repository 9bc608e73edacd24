import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { configWith } from "../../workspace/temporary-workspace.ts";
import { expectPicture } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");
const BROKEN = "export default {\n  const = 3;\n";
/** Its options throw as soon as somebody wants to see them. */
const ANGRY = `import { defineConnector, z } from "sluice/connector";
const options = z.strictObject({ get path() { throw new Error("no options today"); } });
export default defineConnector({
  name: "angry", title: "Angry", description: "Throws while its form is drawn.", options,
  secrets: z.strictObject({}), check: async () => ({ message: "fine" }), streams: [],
});
`;

const CONFIG = { ...configWith(connectionEntry("orders")), settings: { destination: "postgres" } };
/** A destination that refuses at once. */
const NOWHERE = `[destination.postgres.credentials]
host = "127.0.0.1"
port = 1
database = "nowhere"
username = "nobody"
`;

function credentialsOf({ address }: FreshDatabase): string {
  const { host, port, database, username, password = "" } = address;
  return `[destination.postgres]\ncredentials = "postgresql://${username}:${password}@${host}:${port}/${database}"\n`;
}

async function open(options: Partial<ScreenOptions> = {}, files: Record<string, JsonValue> = {}) {
  const workspace = await tuiWorkspace({ files: { "config.json": CONFIG, ".dlt/secrets.toml": NOWHERE, ...files } });
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, connectors: CONNECTORS, ...options });
  await screen.shows("▸ orders");
  await screen.press("a");
  await screen.shows("⏎ choose");
  const config = async () => JSON.parse(await readFile(workspace.paths.config, "utf8"));
  return { screen, workspace, config };
}

async function choose(screen: Awaited<ReturnType<typeof openScreen>>, connector: string) {
  await screen.press("/");
  await screen.type(connector);
  await screen.press("enter", "enter");
  await screen.shows("▸2 settings");
  await screen.until(() => screen.text().includes("1 of ") && screen.text().includes("ctrl+s go on"));
}

/** As the palette does it, which is there while one writes. */
async function goToTheList(screen: Awaited<ReturnType<typeof openScreen>>) {
  await screen.press("ctrl+p");
  await screen.shows("a few letters of it");
  await screen.type("Run Selected");
  await screen.shows("space marks, r runs the marked");
  await screen.press("enter");
  await screen.shows("▸ orders");
}

describe("adding a connection", () => {
  test("lists a connector that does not parse with its error, and offers the others", async () => {
    const { screen } = await open({}, { "connectors/broken.ts": BROKEN });
    await screen.press("g", "j");
    await screen.shows("▸ broken");
    // No picture: how the parser puts it depends on who runs the file.
    await screen.until(() => screen.text().includes('✗ loading the connector "broken"'));
    expect(screen.text()).toMatch(/connectors\/broken\.ts[\s\S]*Mend the file\./);
    expect(screen.text()).toContain("REST API");
    await screen.press("enter");
    expect(screen.text()).toContain("its file is broken");
    await choose(screen, "files");
  });

  test("offers the options as JSON when the connector throws while its form is drawn", async () => {
    const { screen } = await open({}, { "connectors/angry.ts": ANGRY });
    await choose(screen, "angry");
    await screen.shows("no options today");
    await expectPicture(screen, "add-settings-angry");
  });

  test("tests what was filled in before anything is saved, and then saves it", async () => {
    await using database = await freshDatabase();
    const { screen, workspace, config } = await open({}, { ".dlt/secrets.toml": credentialsOf(database) });
    await writeFile(join(workspace.root, "people.csv"), "id,name\n1,Ada\n");
    await choose(screen, "files");
    await screen.type("people");
    await screen.press("tab");
    await screen.type("people.csv");
    await screen.press("ctrl+s");
    await screen.shows("✓ source");
    await screen.shows("✓ destination privileges");
    await screen.until(() => !screen.text().includes("testing…"));
    expect((await config()).connections).toHaveLength(1);
    await screen.press("enter");
    await screen.shows("people is added");
    const added = (await config()).connections[1];
    expect(added).toMatchObject({ name: "people", type: "files", enabled: true });
    expect(added.schema).toEqual({ options: { path: "people.csv" } });
    await screen.press("esc");
    await screen.shows("▸ people");
  });

  test("asks before it saves what has not passed its test, and can save it disabled", async () => {
    const { screen, config } = await open();
    await choose(screen, "files");
    await screen.type("people");
    await screen.press("tab");
    await screen.type("missing.csv");
    await screen.press("ctrl+s");
    await screen.shows("✗ source");
    await screen.until(() => !screen.text().includes("testing…"));
    await screen.press("enter");
    await screen.shows("Save people though its test has failed?");
    await expectPicture(screen, "add-save-failed");
    await screen.press("esc");
    await screen.shows("✗ source");
    expect((await config()).connections).toHaveLength(1);
    await screen.press("enter");
    await screen.shows("Save people though");
    await screen.press("d");
    await screen.shows("people is kept as a disabled draft");
    expect((await config()).connections[1]).toMatchObject({ name: "people", enabled: false });
    await screen.shows("▸ people");
  });

  test("warns of a glob that matches nothing, and saves it without asking", async () => {
    await using database = await freshDatabase();
    const { screen, config } = await open({}, { ".dlt/secrets.toml": credentialsOf(database) });
    await choose(screen, "files");
    await screen.type("people");
    await screen.press("tab");
    await screen.type("none-*.csv");
    await screen.press("ctrl+s");
    await screen.shows("! source");
    await screen.shows("→ no file matches none-*.csv.");
    await screen.until(() => !screen.text().includes("testing…"));
    await screen.press("enter");
    await screen.shows("people is added");
    expect((await config()).connections).toHaveLength(2);
  });

  test("keeps what was written when one goes back, and asks before it is dropped", async () => {
    const { screen, config } = await open();
    await choose(screen, "files");
    await screen.type("people");
    await screen.press("tab");
    await screen.type("missing.csv");
    await screen.press("ctrl+s");
    await screen.shows("✗ source");
    await screen.until(() => !screen.text().includes("testing…"));
    await expectPicture(screen, "add-test-failed");
    await screen.press("esc");
    await screen.shows("missing.csv");
    await screen.press("esc");
    await screen.shows("▸1 connector");
    await screen.until(() => screen.text().includes("clear filter"));
    await screen.press("esc");
    await screen.until(() => !screen.text().includes("clear filter"));
    await screen.press("esc");
    await screen.shows("Leave without saving?");
    await expectPicture(screen, "add-leave");
    await screen.press("d");
    await screen.shows("people is kept as a disabled draft");
    expect((await config()).connections[1]).toMatchObject({ name: "people", enabled: false });
  });

  test("says that it goes on with a draft that one has gone away from, and begins afresh where that is wanted", async () => {
    const { screen, config } = await open();
    await choose(screen, "files");
    await screen.type("people");
    await screen.until(() => screen.text().includes("people"));
    expect(screen.text()).not.toContain("continuing");
    await goToTheList(screen);
    await screen.press("a");
    await screen.shows("continuing your draft of people; ctrl+n starts afresh");
    await screen.shows("▸2 settings");
    await expectPicture(screen, "add-continued");
    await screen.press("ctrl+n");
    await screen.shows("Start afresh?");
    await screen.press("esc");
    await screen.shows("continuing your draft of people");
    await screen.press("ctrl+n");
    await screen.shows("Start afresh?");
    await screen.press("x");
    await screen.shows("▸1 connector");
    await screen.until(() => !screen.text().includes("continuing"));
    await screen.press("enter");
    await screen.shows("▸2 settings");
    await screen.until(() => !screen.text().includes("people"));
    expect((await config()).connections).toHaveLength(1);
  });

  test("keeps the draft as a disabled connection before it begins afresh, where that is wanted", async () => {
    const { screen, config } = await open();
    await choose(screen, "files");
    await screen.type("people");
    await goToTheList(screen);
    await screen.press("a");
    await screen.shows("continuing your draft of people");
    await screen.press("ctrl+n");
    await screen.shows("Start afresh?");
    await screen.press("d");
    await screen.shows("people is kept as a disabled draft");
    await screen.shows("▸1 connector");
    expect((await config()).connections[1]).toMatchObject({ name: "people", enabled: false });
  });

  test("says under the field what is wrong, and does not go on", async () => {
    const { screen } = await open();
    await choose(screen, "postgres");
    await screen.type("orders");
    await screen.press("ctrl+s");
    await screen.shows("is the name of another connection already");
    await screen.press("tab", "tab", "tab");
    await screen.type("http");
    await screen.press("ctrl+s");
    await screen.shows("▸✗ name");
    await screen.press("tab", "tab", "tab");
    await screen.shows("✗ port must be");
  });

  test("fills the fields from a pasted address, and never shows its password", async () => {
    const { screen, workspace, config } = await open();
    await choose(screen, "postgres");
    await screen.type("shop");
    await screen.paste("postgresql://ada:s3cret-word@db.example.com:6543/shop?sslmode=require");
    await screen.shows("db.example.com");
    await expectPicture(screen, "add-postgres-pasted");
    await screen.press("ctrl+s");
    await screen.shows("▸3 secrets");
    await screen.until(() => screen.text().includes("••••••••") && screen.text().includes("ctrl+s go on"));
    await expectPicture(screen, "add-secrets");
    expect(screen.written()).not.toContain("s3cret-word");
    await screen.press("ctrl+t");
    await screen.shows("shop is kept as a disabled draft");
    const { options } = (await config()).connections[1].schema;
    expect(options).toEqual({
      host: "db.example.com",
      port: 6543,
      database: "shop",
      username: "ada",
      sslmode: "require",
    });
    expect(await readFile(workspace.paths.secrets, "utf8")).toContain('password = "s3cret-word"');
  });

  test("edits what no line can show in the editor, again until it is right", async () => {
    const editor = `sh -c 'if grep -q broken "$0"; then echo "{\\"deals\\": {\\"path\\": \\"/deals\\"}}" > "$0"; else echo "[broken" > "$0"; fi'`;
    const { screen } = await open({ env: { EDITOR: editor } });
    await choose(screen, "rest_api");
    await screen.type("crm");
    await screen.press("tab");
    await screen.type("https://api.example.com");
    await screen.press("ctrl+s");
    await screen.shows("✗ streams is needed");
    await screen.press("E");
    await screen.shows("What you wrote cannot be taken");
    await expectPicture(screen, "add-json-wrong");
    await screen.press("E");
    await screen.shows("1 entry: deals");
  });
});
