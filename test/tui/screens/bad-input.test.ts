import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import { lockConnection, runPurpose } from "../../../src/runner/run-lock-file.ts";
import { logPath, summaryPath } from "../../../src/runs/artifact-names.ts";
import type { Place } from "../../../src/tui/state/place.ts";
import { makeUnwritable } from "../../harness/unwritable.ts";
import { configWith, idOf } from "../../workspace/temporary-workspace.ts";
import { expectSaneFrame } from "../harness/picture.ts";
import { openScreen, type TestScreen } from "../harness/screen.ts";
import { CONNECTORS } from "../harness/shop.ts";
import { connectionEntry, fixedClock, NOW, pastRunId, tuiWorkspace } from "../harness/workspace.ts";

const AGO_MIN = 5;
const RUN_ID = pastRunId(AGO_MIN);
const AT = NOW - AGO_MIN * 60_000;

async function open(options: Parameters<typeof tuiWorkspace>[0], place?: Place) {
  const workspace = await tuiWorkspace(options);
  const at = place === undefined ? {} : { place };
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, connectors: CONNECTORS, ...at });
  return { workspace, screen };
}

function loadingTo(destination: string, ...connections: JsonValue[]): JsonValue {
  return { ...configWith(...connections), settings: { destination } };
}

/** Goes through the screens that are about no single thing: what is broken in one place does not hide the rest. */
async function expectTheRestToWork(screen: TestScreen): Promise<void> {
  for (const [key, title] of [
    ["2", "Runs"],
    ["3", "State"],
    ["4", "Secrets"],
    ["5", "Database"],
    ["6", "Doctor"],
  ] as const) {
    await screen.press(key);
    await screen.shows(new RegExp(`› ${title} `));
    expectSaneFrame(screen);
    await screen.press("1");
  }
  await screen.shows(/sluice › Connections {2}/);
}

describe("a connection that is not valid", () => {
  test("is listed with its errors and how to mend it, beside those that work", async () => {
    const broken = { name: "broken", type: 5, tags: "crm" };
    const { screen } = await open({ connections: [connectionEntry("orders"), broken] });
    await screen.shows("▸ orders");
    await screen.press("j");
    await screen.shows("✗ type: must be a text, not a number. tags: must be a list, not a text.");
    await screen.shows(/Press e\s+to mend it\./);
    await screen.press("r");
    await screen.shows("! run: broken is invalid");
    await screen.press("e");
    await screen.shows("Edit broken");
    expectSaneFrame(screen);
  });
});

describe("a destination", () => {
  test("that has no settings is told of by the run, the test and the database's screen", async () => {
    const config = loadingTo("nowhere", connectionEntry("orders"));
    const { screen } = await open({ files: { "config.json": config, "orders.csv": "id\n1\n" } });
    await screen.shows("▸ orders");
    await screen.press("r");
    await screen.shows(/✗ \[\w+\] .*nowhere/s);
    expectSaneFrame(screen);
    await screen.press("esc", "t");
    await screen.shows(/✗ .*nowhere/s);
    await screen.press("esc", "5");
    await screen.shows("nowhere: ✗ does not answer");
    expect(screen.text()).toContain("4 for its secrets");
    await screen.press("1");
    await expectTheRestToWork(screen);
  });

  test("that cannot be reached stops a run with the reason and the remedy", async () => {
    const secrets = '[destination.away.credentials]\nhost = "127.0.0.1"\nport = 1\ndatabase = "x"\nusername = "x"\n';
    const config = { ...configWith(connectionEntry("orders")), settings: { destination: "away", retries: 0 } };
    const { screen } = await open({
      files: { "config.json": config, ".dlt/secrets.toml": secrets, "orders.csv": "id\n1\n" },
    });
    await screen.shows("▸ orders");
    await screen.press("r");
    await screen.shows(/✗ \[\w+\] .*127\.0\.0\.1:1/s);
    await screen.shows("⏎ summary");
    await screen.press("enter");
    await screen.shows("What to do:");
    expectSaneFrame(screen);
    await screen.press("1");
    await screen.shows(/orders .*✗ failed/);
    await expectTheRestToWork(screen);
  });
});

describe("a connector file that does not parse", () => {
  test("is told of where its connection is edited, tested and run, and the others go on", async () => {
    const connections = [
      connectionEntry("odd", { type: "broken", schema: { options: {} } }),
      connectionEntry("orders"),
    ];
    const { screen } = await open({
      files: {
        "config.json": loadingTo("nowhere", ...connections),
        "connectors/broken.ts": "export default {\n  const = 3;\n",
      },
    });
    await screen.shows("▸ odd");
    await screen.press("e");
    await screen.shows('✗ loading the connector "broken"');
    expectSaneFrame(screen);
    await screen.press("esc", "t");
    await screen.shows(/type: loading the connector/);
    await screen.press("esc", "r");
    await screen.shows(/✗ \[\w+\].*broken/s);
    await screen.press("esc", "j", "e");
    await screen.shows(/▸. path/);
    await screen.press("esc");
    await expectTheRestToWork(screen);
  });
});

describe("a log", () => {
  test("with broken lines shows each as it is, and those that are right as ever", async () => {
    const { workspace, screen } = await open(
      {
        connections: [connectionEntry("orders")],
        runs: [{ connection: "orders", ago_min: AGO_MIN, status: "failed" }],
      },
      { screen: "run", run_id: RUN_ID },
    );
    const path = logPath(workspace.paths.run_logs, { connection: "orders", run_id: RUN_ID, started_at: AT });
    await mkdir(dirname(path), { recursive: true });
    const broken = [
      "{",
      "\u0000\u001b[2Jbinary\u0007",
      "null",
      '"text"',
      '{"kind":"stream.progress"}',
      "x".repeat(200_000),
    ];
    await writeFile(path, [event(1), ...broken, event(2), '{"half": "a li', ""].join("\n"));
    await screen.shows("orders: failed");
    // The log is there once it is seen: what can be done comes first in the footer.
    await screen.shows("o log  tab");
    await screen.press("o");
    await screen.shows("1 of ");
    await screen.shows("(no event)");
    await screen.shows(/half.*a li/);
    expect(screen.text().match(/runtime\.event/g)).toHaveLength(2);
    expectSaneFrame(screen);
    await screen.press("j", "j", "enter");
    await screen.shows("binary");
    expectSaneFrame(screen);
    await screen.press("esc", "G", "k", "k", "enter");
    await screen.shows("xxxxxxxx");
    expectSaneFrame(screen);
  });

  test("with broken lines is followed past them while the run goes on", async () => {
    const workspace = await tuiWorkspace({ connections: [connectionEntry("orders")] });
    const path = logPath(workspace.paths.run_logs, { connection: "orders", run_id: RUN_ID, started_at: AT });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${event(1, "run.start", START)}\n{"v":1,"kind"\n\u0000\u0000\n`);
    await using _ = asyncRelease(
      await lockConnection(workspace, { id: idOf("orders"), name: "orders" }, runPurpose(RUN_ID)),
    );
    const place: Place = { screen: "live", run_id: RUN_ID };
    const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place });
    await screen.shows("orders: running");
    const flow = { rows_read: 7, rows_written: 7, bytes: 70, rows_per_s: 7 };
    await appendFile(path, `${event(2, "stream.progress", flow, "lines")}\n`);
    await screen.shows(/lines .*7/);
    expectSaneFrame(screen);
  });
});

describe("a summary", () => {
  test.each([
    ["of a newer version", { v: 2, run_id: RUN_ID, connection: "orders", status: "wonderful" }, "newer"],
    ["that is cut off", '{"v": 1, "run_id": "', "not the summary"],
  ])("%s is listed as unreadable, says why when it is opened, and hides no other run", async (_, content, reason) => {
    const { workspace, screen } = await open({
      connections: [connectionEntry("orders")],
      runs: [{ connection: "orders", ago_min: 90, status: "success", rows: 7 }],
    });
    const path = summaryPath(workspace.paths.runs, "orders", AT);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    await screen.shows(/orders .*\? unreadable/);
    await screen.press("2");
    await screen.shows(/2026-11-20 11:55 .*\? unreadable/);
    await screen.shows(/2026-11-20 10:30 .*✓ success/);
    await screen.shows(new RegExp(`\\? reading\\s.*${reason}`, "s"));
    expectSaneFrame(screen);
    await screen.press("j", "enter");
    await screen.shows("orders: success");
  });
});

describe("a folder that cannot be written to", () => {
  test("is opened and looked at as ever; what would write says why it cannot", async () => {
    const { workspace, screen } = await open({
      connections: [connectionEntry("orders")],
      runs: [{ connection: "orders", ago_min: 90, status: "success", rows: 7 }],
      files: { "orders.csv": "id\n1\n" },
    });
    await screen.shows(/orders .*✓ success/);
    const before = await readFile(workspace.paths.config, "utf8");
    await makeUnwritable(workspace.root);
    await screen.press("x");
    await screen.shows(/✗ \[\w+\] .*(EACCES|permission|not writable|cannot be written)/s);
    expectSaneFrame(screen);
    await screen.press("r");
    await screen.shows(/✗ \[\w+\] .*(EACCES|permission)/s);
    await screen.press("6");
    await screen.shows(/✗ failed .*EACCES/s);
    expectSaneFrame(screen);
    await screen.press("1");
    await expectTheRestToWork(screen);
    expect(await readFile(workspace.paths.config, "utf8")).toBe(before);
  });

  test("is not made a workspace, and the other ways to begin stay", async () => {
    const { root } = await tuiWorkspace();
    const folder = join(root, "inner");
    await mkdir(folder);
    const screen = await openScreen({ workspace: folder, clock: fixedClock });
    await screen.shows("Welcome to Sluice");
    await makeUnwritable(root);
    await screen.press("m");
    await screen.shows(/✗ \[\w+\] .*(EACCES|permission)/s);
    await screen.press("o");
    await screen.shows("Open another folder");
    expectSaneFrame(screen);
  });
});

const START = {
  ...{ schema: {}, mode: { full_refresh: false, streams: [], dry_run: false }, retries: 0 },
  ...{ trigger: "cli", version: "0.0.0-test" },
};

function event(seq: number, kind = "runtime.event", data: object = {}, stream?: string): string {
  const who = { v: 1, ts: new Date(AT + seq).toISOString(), seq, run_id: RUN_ID, connection: "orders", type: "files" };
  return JSON.stringify({ ...who, kind, level: "info", ...(stream === undefined ? {} : { stream }), data });
}

function asyncRelease(lock: { release(): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => lock.release() };
}
