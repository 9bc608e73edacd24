import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { logPath } from "../../../src/runs/artifact-names.ts";
import { lineTest, nextLevel, toggleField } from "../../../src/tui/screens/log/log-query.ts";
import { expectSaneFrame } from "../harness/picture.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, NOW, pastRunId, tuiWorkspace } from "../harness/workspace.ts";

const AGO_MIN = 5;
const RUN_ID = pastRunId(AGO_MIN);

/** Progress of two streams by turns, and an error each 100 lines. */
function event(at: number) {
  const isError = at % 100 === 99;
  const error = { code: "source_http", message: `page ${at} was refused` };
  return JSON.stringify({
    ...{
      v: 1,
      ts: new Date(NOW + at * 1000).toISOString(),
      seq: at + 1,
      run_id: RUN_ID,
      connection: "orders",
      type: "files",
    },
    kind: isError ? "attempt.error" : "stream.progress",
    level: isError ? "error" : at % 10 === 0 ? "debug" : "info",
    ...(isError ? {} : { stream: at % 2 === 0 ? "orders" : "lines" }),
    data: isError ? { attempt: 1, error } : { rows_read: at * 1000, rows_per_s: 500 },
  });
}

async function open(lines: number, options: Partial<ScreenOptions> = {}, more = "") {
  const runs = [{ connection: "orders", ago_min: AGO_MIN, status: "failed" as const }];
  const workspace = await tuiWorkspace({ connections: [connectionEntry("orders")], runs });
  const started_at = NOW - AGO_MIN * 60_000;
  const path = logPath(workspace.paths.run_logs, { connection: "orders", run_id: RUN_ID, started_at });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${Array.from({ length: lines }, (_, at) => event(at)).join("\n")}\n${more}`);
  const place = { screen: "log", run_id: RUN_ID } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, ...options });
  await screen.shows(/ of .*▸/s);
  return { screen, path };
}

describe("the filter", () => {
  test("takes a level with those above it, parts of names, and words", () => {
    const passes = (filter: string, at: number) => lineTest(filter)?.(event(at));
    expect([0, 1, 99].map((at) => passes("level:info", at))).toEqual([false, true, true]);
    expect([0, 1, 2].map((at) => passes("stream:orders !level:debug", at))).toEqual([false, false, true]);
    expect([98, 99].map((at) => passes("kind:attempt.* REFUSED", at))).toEqual([false, true]);
    expect(lineTest("  ")).toBeUndefined();
    expect(lineTest("level:info")?.("not an event")).toBe(false);
  });

  test("goes through the levels, and puts a field in and out", () => {
    expect(nextLevel("words")).toBe("words level:info");
    expect(nextLevel("level:warn")).toBe("level:error");
    expect(nextLevel("level:error words")).toBe("words");
    expect(toggleField(toggleField("a", "stream", "x"), "stream", "x")).toBe("a");
  });
});

describe("the log", () => {
  test("goes to the next error and to the one before, however far", async () => {
    const { screen } = await open(1_000);
    await screen.press("n", "n");
    await screen.shows("200 of 1,000");
    await screen.press("N");
    await screen.shows("100 of 1,000");
    await screen.press("N");
    await screen.shows("there is no error before this");
  });

  test("is filtered, and shows the same event again when the filter is gone", async () => {
    const { screen } = await open(1_000);
    await screen.press("/");
    await screen.type("level:error");
    await screen.press("enter");
    await screen.shows("of 10");
    await screen.shows("page ");
    await screen.press("j", "j");
    await screen.shows("3 of 10");
    await screen.press("esc");
    await screen.shows("300 of 1,000");
    await screen.press("/");
    await screen.type("nothing has this");
    await screen.press("enter");
    await screen.shows("No event matches");
    expectSaneFrame(screen);
  });

  test("unfolds one event", async () => {
    const { screen } = await open(1_000);
    await screen.press("n");
    await screen.shows("100 of 1,000");
    await screen.press("enter");
    await screen.shows('"message": "page 99 was refused"');
    expectSaneFrame(screen);
  });

  test("stays at the end as it grows, and counts what is new when the end was left", async () => {
    const { screen, path } = await open(50);
    await screen.press("G");
    await screen.shows("50 of 50, following");
    await appendFile(path, `${event(50)}\n`);
    await screen.shows("51 of 51, following");
    await screen.press("k");
    await appendFile(path, `${event(51)}\n${event(52)}\n`);
    await screen.shows("50 of 53, 2 new");
    await screen.press("F");
    await screen.shows("53 of 53, following");
  });

  test("shows a line that is no event as it is", async () => {
    const { screen } = await open(3, {}, "half of a li\n");
    await screen.shows("(no event)");
    expect(screen.text()).toContain("half of a li");
  });

  test("opens the file in the pager and comes back", async () => {
    const { screen } = await open(3, { env: { PAGER: "true" } });
    await screen.press("p");
    await screen.shows("1 of 3");
    expectSaneFrame(screen);
  });
});
