import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchWorkspace } from "../bench-workspace.ts";
import { assertSameRows } from "../checksums.ts";
import { COLUMNS, makeDataSet } from "../data-set.ts";
import { type Measured, spread } from "../measured-process.ts";
import { type MessageStream, makeAirbyteSource, makeMessages } from "../message-file.ts";
import { installedPrograms } from "../python-venv.ts";
import { describeMeasured, type Figure } from "../report.ts";
import type { BenchSettings } from "./suite.ts";

const ROWS = 1_000_000;
/** The other target needs some 20 s for so many. */
const ROWS_AGAINST_TARGET = 100_000;
const MOST = 3;
const MOST_MB = 200;
/** Records without a key are appended, those with one merged. */
const REPLAYS = [
  { protocol: "singer", stream: "orders", name: "singer append", at_least: 150_000 },
  { protocol: "singer", stream: "keyed", name: "singer merge", at_least: undefined },
  { protocol: "airbyte", stream: "orders", name: "airbyte append", at_least: 150_000 },
] as const;
const TARGET = "meltanolabs-target-postgres==0.8.1";
const TARGET_SCHEMA = "bench_target";
const TIMES_THE_TARGET = 3;

/** Messages of a program that is not itself the limit, a file replayed: alone, and against Meltano's own target. */
export async function benchAdapters(ws: BenchWorkspace, settings: BenchSettings): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const it of settings.light ? [] : REPLAYS) {
    found.push(...(await speed(ws, it, settings)));
    if (it.protocol === "singer") found.push(await againstTarget(ws, it, settings));
  }
  return found;
}

type Replayed = (typeof REPLAYS)[number];

async function speed(ws: BenchWorkspace, it: Replayed, { folder, scale, pairs }: BenchSettings): Promise<Figure[]> {
  const set = await makeDataSet(folder, Math.round(ROWS * scale));
  const { name, at_least } = it;
  await replay(ws, await makeMessages(set, it.protocol, it.stream), it);
  const runs: Measured[] = [];
  for (let run = 1; run <= Math.min(pairs, MOST); run++) {
    const measured = await timeLoad(ws);
    runs.push(measured);
    process.stderr.write(`${name} ${run}: ${describeMeasured(measured)}\n`);
  }
  const speeds = spread(runs.map(({ wall_ms }) => (set.rows * 1000) / wall_ms));
  const measure = `${name}, ${set.rows} records × ${COLUMNS.length}`;
  return [
    {
      measure: `${measure}: speed`,
      ...{ unit: "records/s", figures: speeds, ...(at_least === undefined ? {} : { wanted: { at_least } }) },
    },
    {
      measure: `${measure}: resident memory`,
      ...{ unit: "MB", figures: spread(runs.map(({ peak_mb }) => peak_mb)), wanted: { at_most: MOST_MB } },
    },
  ];
}

async function againstTarget(
  ws: BenchWorkspace,
  it: Replayed,
  { folder, scale, pairs }: BenchSettings,
): Promise<Figure> {
  const set = await makeDataSet(folder, Math.round(ROWS_AGAINST_TARGET * scale));
  const { stream, name } = it;
  const file = await makeMessages(set, it.protocol, stream);
  await replay(ws, file, it);
  const command = await targetCommand(ws, folder);
  const ratios: number[] = [];
  for (let pair = 1; pair <= Math.min(pairs, MOST); pair++) {
    await ws.query(`drop schema if exists ${TARGET_SCHEMA} cascade; checkpoint`);
    const theirs = await ws.program("sh", ["-c", `${command} < '${file}'`]);
    const ours = await timeLoad(ws);
    ratios.push(theirs.wall_ms / ours.wall_ms);
    const both = `target-postgres ${describeMeasured(theirs)}, load ${describeMeasured(ours)}`;
    process.stderr.write(`${name} against target-postgres ${pair}: ${both}\n`);
  }
  await compare(ws, stream);
  return {
    measure: `${name}, ${set.rows} records × ${COLUMNS.length}: speed of target-postgres`,
    ...{ unit: "×", figures: spread(ratios), wanted: { at_least: TIMES_THE_TARGET } },
  };
}

async function replay(ws: BenchWorkspace, file: string, { protocol, stream }: Replayed): Promise<void> {
  const program =
    protocol === "singer"
      ? { command: "cat", args: [file], plain: true, stream_names: [stream] }
      : { command: "sh", args: [await makeAirbyteSource(file, stream)] };
  const loading = stream === "keyed" ? { mode: "merge", primary_key: ["id"] } : { mode: "append" };
  const schema = { options: program, streams: { [stream]: { selected: true, ...loading } } };
  await ws.use([{ name: "replay", type: protocol, schema }]);
}

async function timeLoad(ws: BenchWorkspace): Promise<Measured> {
  await ws.forget("replay");
  return ws.run("replay");
}

/** With COPY, which is its quickest way. */
async function targetCommand({ address }: BenchWorkspace, folder: string): Promise<string> {
  const { host, port, database, username: user, password } = address;
  const config = join(folder, "target-postgres.json");
  const settings = { host, port, database, user, password, default_target_schema: TARGET_SCHEMA, use_copy: true };
  await writeFile(config, JSON.stringify(settings), { mode: 0o600 });
  return `'${join(await installedPrograms(folder, TARGET), "target-postgres")}' --config '${config}'`;
}

/** The target drops the offset of times, which are in UTC, and writes whole numbers as `5.0`. */
async function compare(ws: BenchWorkspace, stream: MessageStream): Promise<void> {
  const theirs = `${TARGET_SCHEMA}.${stream}`;
  await ws.query(`alter table ${theirs} alter created_at type timestamptz using created_at at time zone 'UTC'`);
  await ws.query(`update ${theirs} set amount = trim_scale(amount)`);
  const names = COLUMNS.map(([name]) => name);
  await assertSameRows(ws, [theirs, `replay.${stream}`], names);
  await ws.query(`drop schema ${TARGET_SCHEMA} cascade`);
}
