import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configWith, temporaryWorkspace } from "../../workspace/temporary-workspace.ts";
import { expectSaneFrame } from "../harness/picture.ts";
import { openTerminal } from "../harness/pty.ts";
import { openScreen } from "../harness/screen.ts";
import { connectionEntry, tuiWorkspace } from "../harness/workspace.ts";

const JOURNEY_LIMIT_MS = 120_000;

describe("in a folder without a workspace", () => {
  test("a workspace is made by one key, and what to press next is said", async () => {
    const { root, paths } = await temporaryWorkspace({ ".gitignore": "mine\n" });
    const screen = await openScreen({ workspace: root });
    await screen.shows("Welcome to Sluice");
    await screen.press("m");
    await screen.shows("There is no connection yet. Press a to add one");
    // The screen looks at config.json, which is there before the last file is.
    await expect.poll(() => existsSync(join(root, ".dlt", "secrets.toml"))).toBe(true);
    expect(JSON.parse(await readFile(paths.config, "utf8")).connections).toEqual([]);
    expect(await readFile(join(root, ".gitignore"), "utf8")).toBe("mine\n");
  });

  test("another folder is opened, in the same terminal", { timeout: JOURNEY_LIMIT_MS }, async () => {
    const empty = await temporaryWorkspace();
    const other = await tuiWorkspace({ connections: [connectionEntry("orders")] });
    const terminal = openTerminal({ cwd: empty.root });
    await terminal.shows("Welcome to Sluice");
    terminal.send("o");
    await terminal.shows("Open another folder");
    terminal.send(`${other.root}\r`);
    await terminal.shows("▸ orders");
    expect(terminal.isAlternate()).toBe(true);
    terminal.send("jq");
    expect((await terminal.exit).code).toBe(0);
    expect(terminal.isAlternate()).toBe(false);
  });
});

describe("a config.json that is wrong", () => {
  test("is shown with its place, is mended in the editor, and is not touched otherwise", async () => {
    const broken = '{\n  "version": 1,\n  "connections": [,]\n}\n';
    const { root, paths } = await temporaryWorkspace({ "config.json": broken });
    const right = join(root, "right.json");
    await writeFile(right, JSON.stringify(configWith(connectionEntry("orders"))));
    const screen = await openScreen({ workspace: root, env: { EDITOR: `cp ${right}` } });
    await screen.shows("line 3");
    expect(screen.text()).toContain("Press E to mend it");
    expectSaneFrame(screen);
    expect(await readFile(paths.config, "utf8")).toBe(broken);
    await screen.press("E");
    await screen.shows("▸ orders");
  });
});
