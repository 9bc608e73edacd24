import { expect, test } from "vitest";
import { comparedRuns, NEWER_RUN } from "../harness/compared-runs.ts";
import { expectSaneFrame } from "../harness/picture.ts";
import { openScreen } from "../harness/screen.ts";
import { fixedClock } from "../harness/workspace.ts";

async function open(columns = 80, rows = 24) {
  const workspace = await comparedRuns();
  const place = { screen: "run", run_id: NEWER_RUN } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, columns, rows });
  await screen.shows("◐ shop: partial");
  return screen;
}

test("tab goes through what the run did: streams, state before and after, schema changes, warnings", async () => {
  const screen = await open();
  expect(screen.text()).toMatch(/\[streams 3\] +state 2 +schema changes 1 +warnings 1/);
  await screen.press("tab");
  await screen.shows(/orders +2026-11-20T10:00 +2026-11-20T11:55/);
  await screen.press("j");
  await screen.shows('lines files["lines.csv"].rows: 40 → 42');
  await screen.press("tab");
  await screen.shows(/orders +note +add/);
  await screen.press("tab");
  await screen.shows("the API is slow");
  await screen.press("shift+tab", "shift+tab");
  await screen.shows("[state 2]");
});

test("a run is held against the one before", async () => {
  const screen = await open(120, 40);
  await screen.press("c");
  await screen.shows("Compare with which run of shop?");
  await screen.press("enter");
  await screen.shows(/orders +✓ → ✓ +140 +\+40/);
  expect(screen.text()).toMatch(/notes +· → ✗/);
  expectSaneFrame(screen);
  await screen.press("tab");
  await screen.shows(/orders +2026-11-20T10:00 +2026-11-20T11:55/);
  await screen.press("tab");
  await screen.shows("only the first: old news");
  await screen.press("f");
  await screen.shows("✓ shop: success");
});
