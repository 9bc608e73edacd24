import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configWith } from "../../workspace/temporary-workspace.ts";
import { expectPicture } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

const CONNECTORS = join(import.meta.dirname, "../../../connectors");
const STATE = { version: 1, revision: 3, destination_id: null, global: {}, streams: { orders: { cursor: "c" } } };

async function open(options: Partial<ScreenOptions> = {}, more = {}) {
  const config = {
    ...configWith(connectionEntry("orders", { state: STATE, ...more })),
    settings: { destination: "nowhere" },
  };
  const workspace = await tuiWorkspace({
    files: { "config.json": config, "orders.csv": "id\n1\n", "new.csv": "id\n1\n" },
  });
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, connectors: CONNECTORS, ...options });
  await screen.shows("▸ orders");
  await screen.press("e");
  await screen.until(() => /▸. path/.test(screen.text()) && screen.text().includes("ctrl+s go on"));
  const saved = async () => JSON.parse(await readFile(workspace.paths.config, "utf8")).connections[0];
  const elsewhere = async (change: object) => {
    const before = JSON.parse(await readFile(workspace.paths.config, "utf8"));
    Object.assign(before.connections[0], change);
    await writeFile(workspace.paths.config, JSON.stringify(before, null, 2));
  };
  return { screen, saved, elsewhere };
}

/** Puts another path into the form and goes on to the test. */
async function changePath(screen: Awaited<ReturnType<typeof openScreen>>, path: string) {
  await screen.press("ctrl+u");
  await screen.type(path);
  await screen.press("ctrl+s");
  await screen.shows("✓ source");
  await screen.until(() => !screen.text().includes("testing…"));
}

describe("editing a connection", () => {
  test("changes what was changed and nothing else", async () => {
    const { screen, saved } = await open();
    const before = await saved();
    await changePath(screen, "new.csv");
    await screen.press("enter");
    await screen.shows("orders is changed");
    expect(await saved()).toEqual({ ...before, schema: { options: { path: "new.csv" } } });
  });

  test("changes that one has gone away from are told, and dropped where that is wanted", async () => {
    const { screen, saved } = await open();
    const before = await saved();
    await screen.press("ctrl+u");
    await screen.type("new.csv");
    await screen.press("ctrl+p");
    await screen.shows("a few letters of it");
    await screen.type("Run Selected");
    await screen.shows("space marks, r runs the marked");
    await screen.press("enter");
    await screen.shows("▸ orders");
    await screen.press("e");
    await screen.shows("continuing your changes of orders; ctrl+n starts afresh");
    await screen.shows("new.csv");
    await screen.press("ctrl+n");
    await screen.shows("Start afresh?");
    expect(screen.text()).not.toContain("keep as draft");
    await screen.press("x");
    await screen.until(() => !screen.text().includes("continuing") && screen.text().includes("orders.csv"));
    expect(await saved()).toEqual(before);
  });

  test("a run that moves the state meanwhile is no newer edit", async () => {
    const { screen, saved, elsewhere } = await open();
    await elsewhere({ state: { ...STATE, revision: 4 } });
    await changePath(screen, "new.csv");
    await screen.press("enter");
    await screen.shows("orders is changed");
    expect((await saved()).state.revision).toBe(4);
  });

  test.each([
    ["m", { path: "new.csv" }, undefined],
    ["b", { path: "new.csv" }, "Their title"],
  ])("shows somebody's newer edit before it is saved over, and %s does as it says", async (key, options, title) => {
    const { screen, saved, elsewhere } = await open();
    await elsewhere({ title: "Their title" });
    await changePath(screen, "new.csv");
    await screen.press("enter");
    await screen.shows("orders was changed by somebody else");
    await expectPicture(screen, "edit-newer");
    expect((await saved()).schema.options.path).toBe("orders.csv");
    await screen.press(key);
    await screen.shows("orders is changed");
    expect(await saved()).toMatchObject({ schema: { options } });
    expect((await saved()).title).toBe(title);
  });

  test("goes on from their edit when that is wanted", async () => {
    const { screen, elsewhere, saved } = await open();
    await elsewhere({ title: "Their title" });
    await changePath(screen, "new.csv");
    await screen.press("enter");
    await screen.shows("They have changed");
    await screen.press("t");
    await screen.shows("These are their settings now");
    await screen.press("esc");
    await screen.shows("orders.csv");
    expect((await saved()).schema.options.path).toBe("orders.csv");
  });

  test("opens the whole connection in the editor", async () => {
    const editor = `sed -i 's/"path": "orders.csv"/"path": "new.csv"/'`;
    const { screen, saved } = await open({ env: { EDITOR: editor } });
    await screen.press("ctrl+o");
    await screen.shows("new.csv");
    await screen.press("ctrl+s");
    await screen.shows("✓ source");
    await screen.press("enter");
    await screen.shows("orders is changed");
    expect((await saved()).schema.options.path).toBe("new.csv");
  });

  test("mends a connection that is not valid", async () => {
    const wrong = { schema: { options: { path: "new.csv", format: "xml" } }, tags: "crm" };
    const { screen, saved } = await open({}, wrong);
    await screen.press("ctrl+s");
    await screen.shows("✗ format must be one of");
    await expectPicture(screen, "edit-invalid");
    await screen.press("right", "ctrl+s");
    await screen.shows("✓ source");
    await screen.press("enter");
    await screen.shows("orders is changed");
    expect(await saved()).toMatchObject({ tags: ["crm"], schema: { options: { path: "new.csv", format: "csv" } } });
  });

  test("asks before changes are dropped, and drops them only then", async () => {
    const { screen, saved } = await open();
    const before = await saved();
    await screen.press("ctrl+u");
    await screen.type("new.csv");
    await screen.press("esc");
    await screen.shows("Leave without saving?");
    await screen.press("esc");
    await screen.shows("new.csv");
    await screen.press("esc");
    await screen.shows("Leave without saving?");
    await screen.press("x");
    await screen.shows("▸ orders");
    expect(await saved()).toEqual(before);
  });
});
