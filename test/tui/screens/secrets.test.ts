import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { listSecrets, secretValue } from "../../../src/workspace/secret-list.ts";
import { temporaryWorkspace } from "../../workspace/temporary-workspace.ts";
import { expectSaneFrame } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

const SECRETS = `# kept
[sources.shop]
token = "swordfish-1"

[sources.other]
token = "env:OTHER_TOKEN"

[destination.warehouse.credentials]
password = "swordfish-2"
`;

async function open(options: Partial<ScreenOptions> = {}) {
  const shop = connectionEntry("shop", { type: "guarded", schema: { options: {} } });
  const workspace = await tuiWorkspace({
    connections: [shop, connectionEntry("unset", { type: "guarded", schema: { options: {} } })],
    files: { ".dlt/secrets.toml": SECRETS },
  });
  const place = { screen: "secrets" } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, ...options });
  await screen.shows("destination.warehouse");
  return { screen, workspace };
}

describe("where secrets come from", () => {
  test("is told of the file, the environment, references and the token store, and of what is missing", async () => {
    const files = {
      ".dlt/secrets.toml": `${SECRETS}\n[sources.third]\ntoken = "file:token.txt"\n`,
      "token.txt": "swordfish-3\n",
    };
    const ws = await temporaryWorkspace(files, { SOURCES__SHOP__USER: "env-user" });
    const want = (connection: string, field: string) => ({ connection, connector: "any", field, isRequired: true });
    const wanted = [want("shop", "token"), want("shop", "user"), want("third", "token"), want("fourth", "token")];
    const listed = await listSecrets(ws, wanted);
    const told = listed.map(
      ({ path, origin, problem }) =>
        `${path.join(".")} ${origin?.from ?? (problem === undefined ? "nothing" : "dead")}`,
    );
    expect(told).toEqual([
      "sources.shop.token file",
      "sources.shop.user environment",
      "sources.third.token reference",
      "sources.fourth.token nothing",
      "sources.other.token dead",
      "destination.warehouse.credentials.password file",
    ]);
    expect(JSON.stringify(listed)).not.toContain("swordfish");
    expect(await secretValue(ws, listed[2] ?? expect.fail())).toBe("swordfish-3");
  });
});

describe("the screen", () => {
  test("has no value in it", async () => {
    const { screen } = await open();
    expectSaneFrame(screen);
    expect(screen.written()).not.toContain("swordfish");
  });

  test("sets a secret without showing it, and keeps the file's other text", async () => {
    const { screen, workspace } = await open();
    await screen.press("n");
    await screen.type("orders token");
    await screen.press("enter");
    await screen.paste("tr0ub4dor");
    expect(screen.text()).toContain("sluice secrets set orders token");
    await screen.press("enter");
    await screen.shows("sources.orders.token is set");
    expect(screen.written()).not.toContain("tr0ub4dor");
    expect(await readFile(workspace.paths.secrets, "utf8")).toMatch(/^# kept[\s\S]*token = "tr0ub4dor"/);
  });

  test("rotates what a connection asks for", async () => {
    const { screen, workspace } = await open();
    await screen.press("g", "R");
    expect(screen.text()).toContain("New value of");
    await screen.type("rotated-1");
    await screen.press("enter");
    await screen.shows("is rotated");
    expect(await readFile(workspace.paths.secrets, "utf8")).toContain('token = "rotated-1"');
  });

  test("unsets only once the name is typed", async () => {
    const { screen, workspace } = await open();
    await screen.press("G", "D");
    await screen.type("passwor");
    await screen.press("enter");
    expect(await readFile(workspace.paths.secrets, "utf8")).toContain("swordfish-2");
    await screen.type("d");
    await screen.press("enter");
    await screen.shows("is gone");
    expect(await readFile(workspace.paths.secrets, "utf8")).not.toContain("swordfish-2");
  });

  test("shows a value while its key is held, and hides it by itself", async () => {
    const { screen } = await open();
    await screen.press("G", "v");
    await screen.shows("swordfish-2");
    await screen.press("v", "v");
    expect(screen.text()).toContain("swordfish-2");
    await screen.until(() => !screen.text().includes("swordfish"));
    expect(screen.text()).toContain("destination.warehouse");
  });
});
