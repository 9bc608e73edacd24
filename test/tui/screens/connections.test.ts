import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { expectPicture, expectSaneFrame } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

async function open(options: Partial<ScreenOptions> = {}) {
  const workspace = await tuiWorkspace({
    connections: [
      connectionEntry("orders"),
      connectionEntry("customers"),
      { name: "broken", type: 5 },
      connectionEntry("paused", { enabled: false }),
      connectionEntry("fresh"),
    ],
    runs: [
      { connection: "orders", ago_min: 5, status: "success", rows: 1_234_567 },
      { connection: "orders", ago_min: 65, status: "failed" },
      { connection: "customers", ago_min: 2000, status: "partial", rows: 12 },
    ],
  });
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, ...options });
  await screen.until(() => screen.session.runs.get().details.size === 3);
  return { screen, workspace };
}

describe("the list of connections", () => {
  test("tells the statuses apart without colours", async () => {
    const { screen } = await open({ theme: "none" });
    expect(screen.text()).toMatch(/orders .*✓ success/);
    expect(screen.text()).toMatch(/broken .*✗ invalid/);
  });

  test("keeps its state in a window that is too small", async () => {
    const { screen } = await open();
    await screen.press("j", "j");
    await screen.resize(50, 10);
    expect(screen.text()).toContain("50×10 is too small");
    await screen.resize(80, 24);
    expect(screen.text()).toContain("▸ broken");
    expectSaneFrame(screen);
  });

  test("filters by words, fields and what must not be, and has the filter again after another screen", async () => {
    const { screen } = await open();
    await screen.press("/");
    await screen.type("status:partial");
    await screen.press("enter");
    expect(screen.text()).toContain("1 of 5");
    await screen.press("enter", "esc");
    expect(screen.text()).toContain("1 of 5");
    await screen.press("esc");
    expect(screen.text()).toContain("▸ customers");
    expect(screen.text()).toContain("fresh");
  });

  test("moves by as many rows as keys were pressed, though they come in one read", async () => {
    const { screen } = await open();
    await screen.type("jjjk");
    expect(screen.text()).toContain("▸ broken");
  });

  test("goes into a connection's runs and a run, and back, by hjkl and arrows", async () => {
    const { screen } = await open();
    await screen.press("l");
    await screen.shows("› orders");
    await screen.press("j", "right");
    await screen.shows("✗ orders: failed");
    await screen.press("left");
    await screen.shows(/› orders {2}/);
    await screen.press("h");
    await screen.shows(/sluice › Connections {2}/);
    await screen.press("h");
    expect(screen.text()).toContain("▸ orders");
  });

  test("opens the log of the last run, and says why there is none", async () => {
    const { screen } = await open();
    await screen.press("o");
    await screen.shows("log: it has no log");
  });

  test("shows what somebody else has saved", async () => {
    const { screen, workspace } = await open();
    const config = JSON.parse(await readFile(workspace.paths.config, "utf8"));
    config.connections.push(connectionEntry("from_elsewhere"));
    await writeFile(workspace.paths.config, JSON.stringify(config));
    await screen.shows("from_elsewhere");
    await writeFile(workspace.paths.config, "{ not json");
    await screen.shows("✗ reading");
    expect(screen.text()).toContain("orders");
  });

  test("says why an action cannot run", async () => {
    const { screen } = await open();
    await screen.press("j", "j", "r");
    expect(screen.text()).toContain("! run: broken is invalid");
  });

  test("disables and enables", async () => {
    const { screen, workspace } = await open();
    await screen.press("x");
    await screen.shows("orders is disabled");
    expect(JSON.parse(await readFile(workspace.paths.config, "utf8")).connections[0].enabled).toBe(false);
    await screen.press("x");
    await screen.shows("orders is enabled");
  });

  test("deletes only once the name is typed", async () => {
    const { screen, workspace } = await open();
    await screen.press("D");
    await screen.until(() => screen.text().includes("what becomes of its secrets"));
    await expectPicture(screen, "connections-delete-along");
    await screen.press("k");
    await screen.type("order");
    await screen.press("enter");
    expect(screen.text()).toContain("type orders first");
    await screen.type("s");
    await screen.press("enter");
    await screen.shows("orders is deleted");
    expect(await readFile(workspace.paths.config, "utf8")).not.toContain('"orders"');
  });
});

describe("help and palette", () => {
  test("list every key with what it does", async () => {
    const { screen } = await open({ columns: 100, rows: 30 });
    await screen.press("?");
    await screen.shows("Keys that work here");
    await screen.press("?");
    expect(screen.text()).toContain("▸ orders");
  });

  test("find an action by a few letters and do it", async () => {
    const { screen } = await open();
    await screen.press(":");
    await screen.type("all runs");
    await screen.shows("▸ all runs");
    await screen.press("enter");
    await screen.shows("sluice › Connections › Runs");
  });
});
