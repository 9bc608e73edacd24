import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { canonicalJson } from "../../src/core/json.ts";

/** What runs have left behind that they should not have, or have not left that they should; all of it is to be empty. */
export interface Aftermath {
  /** Cursors in config.json that are not the destination's. */
  state: string[];
  /** Runs of which log, summary and the destination's history say different things. */
  history: string[];
  /** Temporary files, and locks of processes that are gone. */
  files: string[];
  /** Leases and advisory locks in the destination. */
  locks: string[];
}

export const NO_TRACES: Aftermath = { state: [], history: [], files: [], locks: [] };

/** A lock frees itself when the server has noticed that its session is gone. */
const LOCK_GRACE_MS = 30_000;
const POLL_MS = 50;

/** Looks at workspaces and the destination of their connections once nobody runs any more. */
export async function aftermathOf(client: pg.Client, ...roots: string[]): Promise<Aftermath> {
  const [first = ""] = roots;
  const found = await Promise.all(
    roots.map(async (root) => filesLeftIn(root, await readdir(root, { recursive: true }))),
  );
  return {
    state: await stateDifferences(client, first),
    history: await historyDifferences(client, roots),
    files: found.flat(),
    locks: await locksLeft(client),
  };
}

/** Of the workspace that ran last: others learn of it when they run again. */
async function stateDifferences(client: pg.Client, root: string): Promise<string[]> {
  const { connections } = JSON.parse(await readFile(join(root, "config.json"), "utf8"));
  const { rows } = await client.query(
    "select connection_id as id, scope, cursor, revision::int from _sluice.state order by scope",
  );
  const differences: string[] = [];
  for (const { id, name, state } of connections) {
    const own = rows.filter((row) => row.id === id);
    const streams = own.filter(({ scope }) => scope !== "*");
    const truth = {
      revision: own.reduce((sum, row) => sum + row.revision, 0),
      global: own.find(({ scope }) => scope === "*")?.cursor ?? {},
      streams: Object.fromEntries(streams.map(({ scope, cursor }) => [scope, { cursor }])),
    };
    const mirror = { revision: state?.revision, global: state?.global, streams: state?.streams };
    if (canonicalJson(mirror) !== canonicalJson(truth))
      differences.push(`${name}: ${JSON.stringify(mirror)} instead of ${JSON.stringify(truth)}`);
  }
  return differences;
}

interface LoggedRun {
  connection: string;
  /** Undefined when its log has no end. */
  status?: string;
  /** It says that the history could not be written: then nobody could reach the destination any more. */
  lacksHistory: boolean;
}

/**
 * A run whose log has an end has a summary and, unless it says otherwise, is in the history, and they say the same. One
 * that was killed before may be in either, and nobody is in the history who has no log.
 */
async function historyDifferences(client: pg.Client, roots: readonly string[]): Promise<string[]> {
  const logged = new Map((await Promise.all(roots.map(loggedRuns))).flat());
  const summaries = new Map((await Promise.all(roots.map(summarisedRuns))).flat());
  const { rows } = await client.query("select run_id, connection, status, finished_at from _sluice.runs");
  const kept = new Map(rows.map((row) => [row.run_id as string, row]));
  const differences: string[] = [];
  for (const [id, { connection, status, lacksHistory }] of logged) {
    const said = { log: status, summary: summaries.get(id), history: kept.get(id)?.status };
    const isKept = said.history === status || (lacksHistory && said.history === undefined);
    const isWhole = status === undefined || (said.summary === status && isKept);
    if (!isWhole) differences.push(`${connection} ${id}: ${JSON.stringify(said)}`);
  }
  for (const { run_id, connection, finished_at } of rows) {
    if (logged.get(run_id)?.connection !== connection) differences.push(`${connection} ${run_id} has no log`);
    if (finished_at === null) differences.push(`${connection} ${run_id} has not finished in the history`);
  }
  return differences;
}

async function loggedRuns(root: string): Promise<[string, LoggedRun][]> {
  const logs = await filesBelow(join(root, "run_logs"), "_events.jsonl");
  return Promise.all(
    logs.map(async (path): Promise<[string, LoggedRun]> => {
      const text = await readFile(path, "utf8");
      const lacksHistory = text.includes("keeping the run in the destination's history: ");
      const lines = text.split("\n");
      const [first = "{}"] = lines;
      const { run_id = path, connection = "" } = first === "" ? {} : JSON.parse(first);
      const last = lines.at(-2) ?? "{}";
      const finish = lines.at(-1) === "" && last.includes('"run.finish"') ? JSON.parse(last) : undefined;
      return [run_id, { connection, lacksHistory, ...(finish === undefined ? {} : { status: finish.data.status }) }];
    }),
  );
}

async function summarisedRuns(root: string): Promise<[string, string][]> {
  const paths = await filesBelow(join(root, "runs"), ".json");
  return Promise.all(
    paths.map(async (path): Promise<[string, string]> => {
      const { run_id, status } = JSON.parse(await readFile(path, "utf8"));
      return [run_id, status];
    }),
  );
}

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

/** A temporary file of config.json itself may be another machine's, and goes when it is an hour old. */
function filesLeftIn(root: string, names: readonly string[]): string[] {
  const isLeft = (name: string) => /\.(tmp|lock|probe)\b/.test(name) && !/^\.config\.json\.\d+-\w+\.tmp$/.test(name);
  return names.filter(isLeft).map((name) => join(root, name));
}

async function locksLeft(client: pg.Client): Promise<string[]> {
  const deadline = Date.now() + LOCK_GRACE_MS;
  for (;;) {
    const { rows } = await client.query(
      `select format('lock %s:%s of %s', classid, objid, pid) as lock from pg_locks
       where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
       union all select 'lease of ' || connection_id from _sluice.leases`,
    );
    if (rows.length === 0 || Date.now() > deadline) return rows.map(({ lock }) => lock);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
