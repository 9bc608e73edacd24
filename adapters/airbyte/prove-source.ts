import { expect } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../test/harness/postgres.ts";
import { assertSameRows } from "./same-rows.ts";
import { type SourceConnection, type SourceWorkspace, sourceWorkspace } from "./source-workspace.ts";

type Counts = Readonly<Record<string, number>>;

export interface ProvenSource extends SourceConnection {
  /** The streams that it has to offer, with the mode that their catalog means. */
  offers: Readonly<Record<string, string>>;
  /** How many rows of each stream the first run has to read. */
  whole: Counts;
  /** Changes what there is to read; returns how many rows of each stream the next run has to read. */
  moveOn(): Counts | Promise<Counts>;
  /** Columns that are other in every run. */
  changing?: readonly string[];
  /** A run is killed once so many rows have been committed. Left out where none is before the end. */
  killedAfter?: number;
}

/** Discovery, everything, what is new, and a run that is killed and goes on: each time the tables are the same. */
export async function proveSource(source: ProvenSource): Promise<void> {
  await using database = await freshDatabase();
  const ws = await sourceWorkspace(database.address, ["whole", "killed", "fresh"], source);
  expect(await ws.discover("whole")).toEqual(source.offers);
  const said = [`offers ${wordsOf(source.offers)}`];
  said.push(`whole: ${await load(ws, "whole", source.whole)}`);
  if (source.killedAfter !== undefined) said.push(await proveKill(ws, database, source));
  said.push(`onward: ${await load(ws, "whole", await source.moveOn())}`);
  await load(ws, "fresh");
  const counts = await assertSameRows(database.client, ["whole", "fresh"], source.changing);
  said.push(`the same as all at once: ${wordsOf(counts)}`);
  console.log(said.map((line) => `  ${line}`).join("\n"));
}

async function proveKill(ws: SourceWorkspace, database: FreshDatabase, source: ProvenSource): Promise<string> {
  const committed = await ws.kill("killed", source.killedAfter ?? 0);
  const { result } = await ws.runToEnd("killed");
  const counts = await assertSameRows(database.client, ["killed", "whole"], source.changing);
  return `killed after ${committed} rows, then ${wordsOf(readOf(result))} read: the same ${wordsOf(counts)}`;
}

async function load(ws: SourceWorkspace, connection: string, wanted?: Counts): Promise<string> {
  const { result, output } = await ws.run(connection);
  expect(result, output).toMatchObject({ status: "success" });
  const read = readOf(result);
  if (wanted !== undefined) expect(read).toEqual(wanted);
  return wordsOf(read);
}

function readOf({ stats }: { stats: Record<string, { rows_read: number }> }): Counts {
  return Object.fromEntries(Object.entries(stats).map(([stream, { rows_read }]) => [stream, rows_read]));
}

function wordsOf(values: Readonly<Record<string, number | string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
