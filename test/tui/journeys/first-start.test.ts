import { expect, test } from "vitest";
import { temporaryWorkspace } from "../../workspace/temporary-workspace.ts";
import { openTerminal } from "../harness/pty.ts";

const JOURNEY_LIMIT_MS = 240_000;
const DEMO_LIMIT_MS = 180_000;

test("the demo is looked at from an empty folder", { timeout: JOURNEY_LIMIT_MS }, async () => {
  const empty = await temporaryWorkspace();
  const terminal = openTerminal({ cwd: empty.root, columns: 100, rows: 30 });
  await terminal.shows("Welcome to Sluice");
  terminal.send("d");
  await terminal.shows("Press Enter for the screens", DEMO_LIMIT_MS);
  terminal.send("\r");
  await terminal.shows(/bird_strikes .*✓ success/);
  expect(terminal.isAlternate()).toBe(true);
  terminal.send("5");
  // A key that comes before the state is known would do nothing.
  await terminal.shows("press s to start it now");
  terminal.send("s");
  await terminal.shows("✓ running, kept running");
  await terminal.shows("airports");
  terminal.send("s");
  await terminal.shows("○ stopped");
  terminal.send("1q");
  expect((await terminal.exit).code).toBe(0);
});
