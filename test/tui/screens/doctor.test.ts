import { chmod, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parsePlace } from "../../../src/tui/state/place.ts";
import { configWith } from "../../workspace/temporary-workspace.ts";
import { expectSaneFrame, SIZES } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, tuiWorkspace } from "../harness/workspace.ts";

/** A destination without credentials, an invalid connection, and a secrets file that everybody may read. */
async function open(options: Partial<ScreenOptions> = {}) {
  const config = configWith({ name: "broken", type: 5 }, connectionEntry("guarded", { type: "guarded" }));
  config.settings.destination = "warehouse";
  const workspace = await tuiWorkspace({ files: { "config.json": config, ".dlt/secrets.toml": "# none\n" } });
  await chmod(workspace.paths.secrets, 0o644);
  const place = { screen: "doctor" } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, ...options });
  await screen.shows("checks failed");
  return { screen, workspace };
}

describe("the doctor", () => {
  test.each(SIZES)("shows every check at %i×%i, and of the selected one what to do", async (columns, rows) => {
    const { screen } = await open({ columns, rows });
    expectSaneFrame(screen);
    expect(screen.text()).toMatch(/✓ ok +config/);
    await screen.press("/");
    await screen.type("check:secrets");
    await screen.press("enter");
    await screen.shows("chmod 600");
    expect(screen.text()).toContain("→");
    expectSaneFrame(screen);
  });

  test("mends what can be mended once that is confirmed", async () => {
    const { screen, workspace } = await open();
    await screen.press("f");
    await screen.shows("sluice doctor --fix");
    expect((await stat(workspace.paths.secrets)).mode & 0o777).toBe(0o644);
    await screen.press("y");
    await screen.shows("✓ fixed");
    await screen.shows("checks failed");
    expect((await stat(workspace.paths.secrets)).mode & 0o777).toBe(0o600);
  });

  test("leads to the screen where a finding is mended", async () => {
    const { screen } = await open({ columns: 120, rows: 40 });
    await screen.press("/");
    await screen.type("check:secrets");
    await screen.press("enter", "enter");
    await screen.shows("sluice › Connections › Doctor › Secrets");
  });
});

test("every screen that is about no single thing has a key, and a place on the command line", async () => {
  const { screen } = await open({ columns: 120, rows: 40 });
  for (const [key, title] of [
    ["2", "Runs"],
    ["3", "State"],
    ["4", "Secrets"],
    ["5", "Database"],
  ] as const) {
    await screen.press(key);
    await screen.shows(new RegExp(`› ${title} `));
    expectSaneFrame(screen);
  }
  expect(
    ["state/orders", "compare/a/b", "compare/a", "secrets", "database", "doctor", "doctor/x"].map(parsePlace),
  ).toEqual([
    { screen: "state", connection: "orders" },
    { screen: "compare", first: "a", second: "b" },
    undefined,
    { screen: "secrets" },
    { screen: "database" },
    { screen: "doctor" },
    undefined,
  ]);
});
