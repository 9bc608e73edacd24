import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Place } from "../../../src/tui/state/place.ts";
import { temporaryWorkspace } from "../../workspace/temporary-workspace.ts";
import { comparedRuns, NEWER_RUN, OLDER_RUN } from "./compared-runs.ts";
import { openScreen, type ScreenOptions, type TestScreen } from "./screen.ts";
import { CONNECTORS, FAILED_RUN, LIVE_RUN, SUCCESSFUL_RUN, shop } from "./shop.ts";
import { fixedClock } from "./workspace.ts";

/** One thing that can be on the screen. */
export interface Scene {
  name: string;
  place?: Place;
  /** The folder that Sluice is opened in; the shop unless given. */
  workspace?(): Promise<{ root: string }>;
  /** What is done until the scene is there, each once the text before is shown. */
  steps: readonly (
    | string
    | RegExp
    | { press: readonly string[] }
    | { type: string }
    | ((screen: TestScreen) => boolean)
  )[];
}

/** Every run that the list shows has been read. */
const READ = /orders\b.*success.*crm\b.*failed.*customers\b.*partial/s;

/** A screen reader's list may end before the run that goes on. */
const isLiveKnown = ({ session: { runs, isScreenReader } }: TestScreen) =>
  runs.get().live.size === 1 && (isScreenReader || runs.get().details.size === 4);

const press = (...keys: string[]) => ({ press: keys });

/** Everything that there is to look at: a screen that is added here is drawn, reviewed and checked like the others. */
export const SCENES: readonly Scene[] = [
  { name: "first-start", workspace: emptyFolder, steps: ["Welcome to Sluice"] },
  { name: "connections-none", workspace: emptyWorkspace, steps: ["There is no connection yet"] },
  { name: "connections-unreadable", workspace: brokenWorkspace, steps: ["Press E to mend it"] },
  { name: "connections", steps: [READ, isLiveKnown] },
  { name: "connections-invalid", steps: [READ, press("/"), { type: "broken" }, press("enter"), "1 of 8"] },
  { name: "connections-delete", steps: [READ, press("D"), "what becomes", press("k"), "Type orders"] },
  { name: "help", steps: [READ, press("?"), "Keys that work here"] },
  { name: "palette", steps: [READ, press(":"), { type: "run" }, "Do or open"] },
  { name: "add-connector", place: { screen: "add" }, steps: [/files\b.*Files/] },
  {
    name: "add-settings",
    place: { screen: "add" },
    steps: [/files\b.*Files/, press("G", "enter"), "▸* name", "base_url"],
  },
  { name: "edit-settings", place: { screen: "edit", name: "orders" }, steps: [/▸. path/] },
  {
    name: "edit-secrets",
    place: { screen: "edit", name: "crm" },
    steps: ["base_url", press("ctrl+s"), "▸2 secrets", /▸.? *token/],
  },
  {
    name: "edit-test",
    place: { screen: "edit", name: "orders" },
    steps: [/▸. path/, press("ctrl+s"), "✓ destination priv", /^(?!.*testing…)/s],
  },
  { name: "test", place: { screen: "test", name: "crm" }, steps: ["✓ destination priv", /^(?!.*testing…)/s] },
  { name: "streams", place: { screen: "streams", name: "shop" }, steps: ["3 of 3 streams are loaded"] },
  { name: "preview", place: { screen: "streams", name: "shop" }, steps: ["3 of 3", press("p"), "customer 1"] },
  { name: "live", place: { screen: "live", run_id: LIVE_RUN }, steps: ["two pages have no address"] },
  { name: "live-stop", place: { screen: "live", run_id: LIVE_RUN }, steps: ["two pages", press("s"), "Only visits."] },
  { name: "run", place: { screen: "run", run_id: SUCCESSFUL_RUN }, steps: ["1,234,567"] },
  { name: "run-failed", place: { screen: "run", run_id: FAILED_RUN }, steps: ["What to do:"] },
  {
    name: "compare",
    workspace: comparedRuns,
    place: { screen: "compare", first: OLDER_RUN, second: NEWER_RUN },
    steps: ["in total"],
  },
  {
    name: "compare-state",
    workspace: comparedRuns,
    place: { screen: "compare", first: OLDER_RUN, second: NEWER_RUN },
    steps: ["in total", press("tab"), "lines.csv"],
  },
  { name: "log", place: { screen: "log", run_id: FAILED_RUN }, steps: ["of 10", press("n"), "9 of 10"] },
  {
    name: "event",
    place: { screen: "log", run_id: FAILED_RUN },
    steps: ["of 10", press("n"), "9 of 10", press("enter"), '"level": "error"'],
  },
  { name: "history", place: { screen: "history" }, steps: [READ, /visits\b.*running/s] },
  { name: "history-none", workspace: emptyWorkspace, place: { screen: "history" }, steps: ["No run yet"] },
  { name: "state", place: { screen: "state" }, steps: ["orders", press("j", "enter"), "▾ lines"] },
  { name: "secrets", place: { screen: "secrets" }, steps: ["leads nowhere"] },
  { name: "database", place: { screen: "database" }, steps: [/customers\b.* 25/] },
  {
    name: "query",
    place: { screen: "query", destination: "warehouse", sql: "select * from shop.orders order by id" },
    steps: ["3 rows"],
  },
  { name: "doctor", place: { screen: "doctor" }, steps: [/checks? failed/] },
];

/** Opens a scene on a workspace of its own. */
export async function openScene(scene: Scene, options: Partial<ScreenOptions> = {}): Promise<TestScreen> {
  const { root } = await (scene.workspace ?? shop)();
  const place = scene.place === undefined ? {} : { place: scene.place };
  const screen = await openScreen({ workspace: root, clock: fixedClock, connectors: CONNECTORS, ...place, ...options });
  for (const step of scene.steps) {
    if (typeof step === "string" || step instanceof RegExp) await screen.shows(step);
    else if (typeof step === "function") await screen.until(() => step(screen));
    else if ("press" in step) await screen.press(...step.press);
    else await screen.type(step.type);
  }
  // The footer follows a screen one drawing later.
  await screen.until(() => true);
  return screen;
}

async function emptyFolder() {
  const root = await mkdtemp(join(tmpdir(), "sluice-workspace-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return { root };
}

async function emptyWorkspace() {
  return temporaryWorkspace({ "config.json": { version: 1, connections: [] } });
}

async function brokenWorkspace() {
  const workspace = await emptyWorkspace();
  await writeFile(workspace.paths.config, '{\n  "version": 1,\n  "connections": [,]\n}\n');
  return workspace;
}
