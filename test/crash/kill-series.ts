import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type pg from "pg";
import { randomFrom } from "../../bench/random.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { crashWorkspace, type Mode } from "./crash-workspace.ts";
import { writeRound } from "./source-file.ts";

const SLUICE = join(import.meta.dirname, "../../bin/sluice");
const ALREADY_RUNNING = 5;
/** A run that is killed frees its lock in the destination within about a second; this is far beyond. */
const PATIENCE_MS = 60_000;

export interface KillSeries {
  address: PostgresAddress;
  /** For comparing the tables. */
  client: pg.Client;
  mode: Mode;
  /** Kills of a process that was still running. */
  kills: number;
  /** Rows that each round adds to the source. */
  rows: number;
  seed: number;
}

export interface SeriesOutcome {
  kills: number;
  rounds: number;
  /** Rows that one table has and the other has not, both ways, and rows that are there twice. */
  difference: { lost: number; invented: number; doubled: number };
  columns: { killed: string[]; undisturbed: string[] };
}

/**
 * Starts a run, kills it with SIGKILL at a random moment, again and again, until the wanted number of kills is reached;
 * every third kill the run is let through and the source moves on. At the end the table must be what the same rounds
 * made without any kill.
 */
export async function killSeries(series: KillSeries): Promise<SeriesOutcome> {
  await using ws = await crashWorkspace(series.address, series.mode);
  const random = randomFrom(series.seed);
  let kills = 0;
  let rounds = 0;
  while (kills < series.kills) {
    await writeRound(ws.source, series.mode, { number: rounds, rows: series.rows });
    const undisturbed_ms = await runToEnd(ws.root, "reference");
    const wanted = Math.min(series.kills, kills + 3);
    for (let tries = 0; kills < wanted && tries < 12; tries++) {
      if (await runAndKill(ws.root, "orders", random() * undisturbed_ms)) kills += 1;
    }
    await runToEnd(ws.root, "orders");
    rounds += 1;
  }
  return { kills, rounds, difference: await compare(series.client), columns: await columns(series.client) };
}

/** Runs until it succeeds, waiting while the destination still thinks that a killed run lives. */
async function runToEnd(root: string, connection: string): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const startedAt = Date.now();
    const { code, output } = await headless(root, connection);
    if (code === 0) return Date.now() - startedAt;
    if (code !== ALREADY_RUNNING || Date.now() > deadline)
      throw new Error(`${connection} ended with ${code}:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function headless(root: string, connection: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(SLUICE, ["headless", connection, "--workspace", root], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  return { code, output: output.slice(-4000) };
}

/** True when the process was still running when it was killed. */
async function runAndKill(root: string, connection: string, delay_ms: number): Promise<boolean> {
  const child = spawn(SLUICE, ["headless", connection, "--workspace", root], { stdio: "ignore" });
  const closed = once(child, "close");
  const timer = setTimeout(() => child.kill("SIGKILL"), delay_ms);
  const [, signal] = await closed;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

const DATA = "select id, name, amount::text, day, extra from";

async function compare(client: pg.Client): Promise<SeriesOutcome["difference"]> {
  const { rows } = await client.query(`select
    (select count(*)::int from (${DATA} reference.orders except all ${DATA} orders.orders) a) as lost,
    (select count(*)::int from (${DATA} orders.orders except all ${DATA} reference.orders) b) as invented,
    (select (count(*) - count(distinct id))::int from orders.orders) as doubled`);
  return rows[0];
}

async function columns(client: pg.Client): Promise<SeriesOutcome["columns"]> {
  const of = async (schema: string) => {
    const { rows } = await client.query(
      "select column_name || ' ' || data_type as c from information_schema.columns where table_schema = $1 and table_name = 'orders' order by ordinal_position",
      [schema],
    );
    return rows.map((row) => row.c as string);
  };
  return { killed: await of("orders"), undisturbed: await of("reference") };
}
