import { existsSync } from "node:fs";
import { access, constants, copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatCount } from "../../core/count-text.ts";
import { SluiceError } from "../../core/errors.ts";
import { systemClock } from "../../core/time.ts";
import type { RunnerDeps } from "../../runner/run-request.ts";
import type { RunResult } from "../../runner/run-result.ts";
import { writeFileAtomic } from "../../system/atomic-file.ts";
import { readConfig } from "../../workspace/config-file.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext } from "../command.ts";
import { type DemoApi, startDemoApi } from "../demo/demo-api.ts";
import { type DemoData, filesOf, layOutData } from "../demo/demo-data.ts";
import { describeArrival } from "../demo/demo-report.ts";
import { connectLiveSources } from "../demo/live-sources.ts";
import { openDestination } from "../open-destination.ts";
import { openRegistry } from "../open-registry.ts";
import { createProgress } from "../progress.ts";
import { exitCodeOf, runAll } from "./run.ts";

/** Run a second time: where more rows have arrived, where rows have changed, and where nothing has. */
const AGAIN = ["bird_strikes", "earthquake_service", "airports"];
const SERVICE_DATA = "earthquakes.json";
/** Where the package's own workspace reads the data sets; a copy reads files of its own, which may grow. */
const DATA_IN_PACKAGE = "node_modules/vega-datasets/data";

export async function runDemo(context: CommandContext): Promise<Answer> {
  const folder = await demoFolder(context);
  const isNew = await prepare(context.product.root, folder);
  const demo = await inWorkspace(context, folder);
  const workspace = await demo.workspace();
  const { config } = await readConfig(workspace);
  const connections = config.connections.filter(({ tags }) => tags.includes("demo"));
  const files = filesOf(connections.map(({ schema }) => schema.options.path));
  const data = await layOutData(context.product.root, join(folder, "data"), files);
  context.say(`Loading ${files.length} data sets into the embedded Postgres of ${folder}`);
  await using destination = await openDestination(demo, "embedded");
  const deps = await runnerFor(demo, workspace);
  const names = connections.map(({ name }) => name);
  const first = await load(demo, deps, { names, full_refresh: !isNew });
  await using api = await startDemoApi(join(folder, "data", SERVICE_DATA));
  context.say(`\nCopying a table out of a Postgres, and reading earthquakes from a service at ${api.base_url}`);
  const live = await connectLiveSources(workspace, { address: destination.address, base_url: api.base_url });
  first.push(...(await load(demo, deps, { names: live.map(({ name }) => name), full_refresh: !isNew })));
  context.say(`\n${await growth(data, api)} Running ${AGAIN.join(", ")} again: only what is new moves.`);
  const again = await load(demo, deps, { names: AGAIN, full_refresh: false });
  const wanted = names.length + live.length + AGAIN.length;
  if (exitCodeOf([...first, ...again], wanted, context.io.interruption()) !== 0) throw failed([...first, ...again]);
  const origins = [...data.sets.map(({ file }) => file), ...live.map(({ from }) => from)];
  const { address } = destination;
  return await describeArrival({ context, folder, address, sets: data.sets, origins, first, again });
}

/** In the package, where it is ignored by git; in the current folder when the package may not be written to. */
async function demoFolder(context: CommandContext): Promise<string> {
  if (context.workspaceFlag !== undefined) return (await context.workspace()).root;
  const { root } = context.product;
  const writable = await access(root, constants.W_OK).then(
    () => true,
    () => false,
  );
  return join(writable && !root.includes("/node_modules/") ? root : context.io.cwd, "demo-workspace");
}

/** Copies the package's own workspace. What somebody has changed in an earlier copy stays. Tells whether it is new. */
async function prepare(root: string, folder: string): Promise<boolean> {
  await mkdir(join(folder, ".dlt"), { recursive: true });
  await mkdir(join(folder, "connectors"), { recursive: true });
  const isNew = !existsSync(join(folder, "config.json"));
  if (isNew) {
    const config = await readFile(join(root, "config.json"), "utf8");
    await writeFileAtomic(join(folder, "config.json"), config.replaceAll(`"${DATA_IN_PACKAGE}/`, '"data/'));
  }
  await copyFile(join(root, ".dlt", "secrets.example.toml"), join(folder, ".dlt", "secrets.example.toml"));
  return isNew;
}

async function inWorkspace(context: CommandContext, folder: string): Promise<CommandContext> {
  const { createContext } = await import("../command-context.ts");
  const { io, product, json } = context;
  return createContext({ io, product, json, workspaceFlag: folder });
}

async function runnerFor(demo: CommandContext, workspace: Workspace): Promise<RunnerDeps> {
  const registry = await openRegistry(demo);
  return { workspace, registry, clock: systemClock, version: demo.product.version };
}

async function load(
  context: CommandContext,
  deps: RunnerDeps,
  { names, full_refresh }: { names: readonly string[]; full_refresh: boolean },
): Promise<RunResult[]> {
  const progress = createProgress(context.io, { tellEnds: true });
  const results = await runAll(names, {
    deps,
    requestFor: (connection) => ({ connection, trigger: "cli", full_refresh }),
    onEvent: (event) => progress.event(event),
    signal: context.io.interruption(),
    parallel: 1,
    failFast: true,
  });
  progress.end();
  return results;
}

async function growth(data: DemoData, api: DemoApi): Promise<string> {
  const reported = `${formatCount(await data.grow())} more bird strikes have been reported`;
  return `${reported}, and ${api.publish()} earthquakes reviewed.`;
}

function failed(results: readonly RunResult[]): SluiceError {
  const result = results.find(({ exit_code }) => exit_code !== 0);
  const code = result?.error?.code ?? "interrupted";
  const message = result?.error?.message ?? "The demo was interrupted before everything was loaded.";
  return new SluiceError(code, `running the demo: ${result?.connection ?? ""}: ${message}`);
}
