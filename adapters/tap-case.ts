import { expect } from "vitest";
import type { RunEvent } from "../src/core/events.ts";
import { type FreshDatabase, freshDatabase } from "../test/harness/postgres.ts";
import { type AdapterConnection, type AdapterWorkspace, adapterWorkspace } from "./adapter-workspace.ts";
import { nextPeople, type Person, people } from "./people.ts";
import type { PersonSource } from "./person-source.ts";

export interface TapCase {
  /** The stream, as discovery calls it, and the table that it becomes. */
  stream: string;
  table: string;
  options: object;
  secrets?: string;
  /** What the tap calls the column that it goes on by; undefined when it reads everything each time. */
  cursor: string | undefined;
  /** Where the tap cannot tell: the rows' key. */
  primaryKey?: readonly string[];
  /** It says in the midst of reading where it is, so that a killed run goes on from there. */
  resumes: boolean;
  /** Enough for a run to be killed in its midst. */
  rows?: number;
}

const ROWS = 20_000;
const CHANGED = 300;
const ADDED = 200;

/** Discovery, everything, only what is new, and a run that is killed and goes on: each time the table is the source. */
export async function proveTap(source: PersonSource, tap: TapCase): Promise<void> {
  await using database = await freshDatabase();
  const ws = await adapterWorkspace(database.address);
  const { rows: last = ROWS } = tap;
  await source.write(people(1, last));

  const whole = connectionOf(tap, "replace");
  await ws.use(whole);
  expect(await ws.discover()).toContain(tap.stream);
  const said = [await load(ws, database, { source, tap, what: "full" })];
  using _ = tell(tap, said);
  await ws.use(whole);
  await source.write(nextPeople(last, CHANGED, ADDED));
  said.push(await killedAndLoaded(ws, database, { source, tap, what: "full, killed" }));
  if (tap.cursor === undefined) return;

  await database.client.query("drop schema adapter cascade; truncate _sluice.state, _sluice.tables");
  await ws.use(connectionOf(tap, "merge"));
  said.push(await killedAndLoaded(ws, database, { source, tap, what: "incremental, killed" }));
  await source.write(nextPeople(last + CHANGED + ADDED, CHANGED, ADDED));
  said.push(await load(ws, database, { source, tap, what: "incremental, new rows" }));
  const { rows_read } = lastStats;
  expect(rows_read).toBeGreaterThanOrEqual(CHANGED + ADDED);
  expect(rows_read).toBeLessThan(last);
}

/** For people, and for the documentation. */
function tell({ stream }: TapCase, said: readonly string[]): Disposable {
  return { [Symbol.dispose]: () => console.log([stream, ...said].join("\n  ")) };
}

interface Step {
  source: PersonSource;
  tap: TapCase;
  what: string;
}

interface Stats {
  rows_read: number;
  inserted: number;
  updated: number;
}

let lastStats: Stats = { rows_read: 0, inserted: 0, updated: 0 };

function connectionOf(
  { stream, options, secrets, cursor, primaryKey = ["id"] }: TapCase,
  mode: string,
): AdapterConnection {
  const merging = mode === "merge" ? { primary_key: primaryKey, ...(cursor && { cursor_field: cursor }) } : {};
  const streams = { [stream]: { selected: true, mode, ...merging } };
  return { type: "singer", options, streams, ...(secrets && { secrets }), schema: { checkpoint_s: 0.2 } };
}

async function load(ws: AdapterWorkspace, database: FreshDatabase, step: Step): Promise<string> {
  const { result, output } = await ws.runToEnd();
  expect(result, output).toMatchObject({ status: "success" });
  lastStats = result.stats[step.tap.stream] as Stats;
  await compare(database, step);
  const { rows_read, inserted, updated } = lastStats;
  return `${step.what}: ${rows_read} read, ${inserted} inserted, ${updated} updated`;
}

async function killedAndLoaded(ws: AdapterWorkspace, database: FreshDatabase, step: Step): Promise<string> {
  const isMidway = step.tap.resumes && step.what.startsWith("incremental");
  await ws.killed((event) => (isMidway ? event.kind === "checkpoint.commit" : hasRead(event)));
  const before = isMidway ? await countOf(database, step.tap.table) : 0;
  const said = await load(ws, database, step);
  if (!isMidway) return said;
  expect(before).toBeGreaterThan(0);
  expect(lastStats.rows_read).toBeLessThan((await countOf(database, step.tap.table)) - before + 2);
  return `${said}, ${before} were there`;
}

function hasRead({ kind, data }: RunEvent): boolean {
  return kind === "stream.progress" && Number((data as { rows_read?: number }).rows_read) > 0;
}

async function countOf(database: FreshDatabase, table: string): Promise<number> {
  const { rows } = await database.client.query(`select count(*)::int as n from adapter.${table}`);
  return rows[0].n;
}

async function compare(database: FreshDatabase, { source, tap }: Step): Promise<void> {
  const { rows } = await database.client.query(
    `select id::int, name, amount::text, note, seq::int from adapter.${tap.table} order by id::int`,
  );
  const wanted = await source.read();
  expect(rows.length).toBe(wanted.length);
  expect(rows.map(inWords)).toEqual(wanted.map(inWords));
}

/** Sources and taps differ in the zeros that end a number. */
function inWords({ id, name, amount, note, seq }: Person): string {
  return JSON.stringify([id, name, Number(amount), note, seq]);
}
