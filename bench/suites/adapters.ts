import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchWorkspace } from "../bench-workspace.ts";
import { assertSameRows } from "../checksums.ts";
import { COLUMNS, makeDataSet } from "../data-set.ts";
import { type Measured, spread } from "../measured-process.ts";
import { type MessageStream, makeMessages } from "../message-file.ts";
import { installedPrograms } from "../python-venv.ts";
import { describeMeasured, type Figure } from "../report.ts";
import type { BenchSettings } from "./suite.ts";

const ROWS = 1_000_000;
/** The other target needs some 20 s for so many. */
const ROWS_AGAINST_TARGET = 100_000;
const MOST = 3;
/** Records without a key are appended, those with one merged. */
const STREAMS = [
  { stream: "orders", name: "append", at_least: 150_000 },
  { stream: "keyed", name: "merge", at_least: undefined },
] as const;
const TARGET = "meltanolabs-target-postgres==0.8.1";
const TARGET_SCHEMA = "bench_target";
const TIMES_THE_TARGET = 3;

/** Messages of a tap that is not itself the limit, a file replayed: by themselves, and against Meltano's own target. */
export async function benchAdapters(ws: BenchWorkspace, settings: BenchSettings): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const it of settings.light ? [] : STREAMS) {
    found.push(...(await speed(ws, it, settings)));
    found.push(await againstTarget(ws, it, settings));
  }
  return found;
}

type Replayed = (typeof STREAMS)[number];

async function speed(
  ws: BenchWorkspace,
  { stream, name, at_least }: Replayed,
  { folder, scale, pairs }: BenchSettings,
): Promise<Figure[]> {
  const set = await makeDataSet(folder, Math.round(ROWS * scale));
  await replay(ws, await makeMessages(set, stream), stream);
  const runs: Measured[] = [];
  for (let run = 1; run <= Math.min(pairs, MOST); run++) {
    const measured = await timeLoad(ws);
    runs.push(measured);
    process.stderr.write(`singer ${name} ${run}: ${describeMeasured(measured)}\n`);
  }
  const speeds = spread(runs.map(({ wall_ms }) => (set.rows * 1000) / wall_ms));
  const measure = `singer ${name}, ${set.rows} records × ${COLUMNS.length}`;
  return [
    {
      measure: `${measure}: speed`,
      ...{ unit: "records/s", figures: speeds, ...(at_least === undefined ? {} : { wanted: { at_least } }) },
    },
    { measure: `${measure}: resident memory`, unit: "MB", figures: spread(runs.map(({ peak_mb }) => peak_mb)) },
  ];
}

async function againstTarget(
  ws: BenchWorkspace,
  { stream, name }: Replayed,
  { folder, scale, pairs }: BenchSettings,
): Promise<Figure> {
  const set = await makeDataSet(folder, Math.round(ROWS_AGAINST_TARGET * scale));
  const file = await makeMessages(set, stream);
  await replay(ws, file, stream);
  const command = await targetCommand(ws, folder);
  const ratios: number[] = [];
  for (let pair = 1; pair <= Math.min(pairs, MOST); pair++) {
    await ws.query(`drop schema if exists ${TARGET_SCHEMA} cascade; checkpoint`);
    const theirs = await ws.program("sh", ["-c", `${command} < '${file}'`]);
    const ours = await timeLoad(ws);
    ratios.push(theirs.wall_ms / ours.wall_ms);
    const both = `target-postgres ${describeMeasured(theirs)}, load ${describeMeasured(ours)}`;
    process.stderr.write(`singer ${name} against target-postgres ${pair}: ${both}\n`);
  }
  await compare(ws, stream);
  return {
    measure: `singer ${name}, ${set.rows} records × ${COLUMNS.length}: speed of target-postgres`,
    ...{ unit: "×", figures: spread(ratios), wanted: { at_least: TIMES_THE_TARGET } },
  };
}

function replay(ws: BenchWorkspace, file: string, stream: MessageStream): Promise<void> {
  const options = { command: "cat", args: [file], plain: true, stream_names: [stream] };
  const streams = stream === "keyed" ? { streams: { keyed: { mode: "merge", primary_key: ["id"] } } } : {};
  return ws.use([{ name: "replay", type: "singer", schema: { options, ...streams } }]);
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

/** The target drops the offset of times: they are in UTC. */
async function compare(ws: BenchWorkspace, stream: MessageStream): Promise<void> {
  const theirs = `${TARGET_SCHEMA}.${stream}`;
  await ws.query(`alter table ${theirs} alter created_at type timestamptz using created_at at time zone 'UTC'`);
  const names = COLUMNS.map(([name]) => name);
  await assertSameRows(ws, [theirs, `replay.${stream}`], names);
  await ws.query(`drop schema ${TARGET_SCHEMA} cascade`);
}
