import type pg from "pg";
import { connectPostgres } from "../../src/databases/postgres/client.ts";
import { settleForLoading } from "../../src/databases/postgres/loading-session.ts";
import { mergeByKey } from "../../src/databases/postgres/merge.ts";
import { createStagingTable } from "../../src/databases/postgres/table.ts";
import type { BenchWorkspace } from "../bench-workspace.ts";
import { assertSameRows } from "../checksums.ts";
import { BY_HAND, type MergeByHand } from "../limits/merge-limit.ts";
import { spread } from "../measured-process.ts";
import { timeOfServer } from "../processor-time.ts";
import type { Figure } from "../report.ts";
import { makeTableSql, namesOf, ORDERS } from "../table-shapes.ts";
import { type BenchSettings, isWanted } from "./suite.ts";

const ROWS = 5_000_000;
const RUN_ID = "019aa4d0-0000-7000-8000-000000000001";
/** A share of the table comes, and of that a share is new; the others change, or come as they are. */
const CASES = [
  { name: "1 % changes", share: 0.01, isNew: 0.1, change: true, by: "few" },
  { name: "100 % changes", share: 1, isNew: 0.01, change: true, by: "many" },
  { name: "100 % of the same rows", share: 1, isNew: 0, change: false, by: "many" },
] as const;
type Case = (typeof CASES)[number];

/** Our merge and one written by hand, from the same filled staging table into the same table, in one transaction each. */
export async function benchMerge(ws: BenchWorkspace, settings: BenchSettings): Promise<Figure[]> {
  const { scale, pairs, by, light } = settings;
  const cases = CASES.slice(0, light ? 1 : CASES.length).filter(({ name }) => isWanted(settings, name));
  const rows = Math.round(ROWS * scale);
  const client = await connectPostgres(ws.address, { application_name: "bench merge" });
  await settleForLoading(client, { application_name: "bench merge", lock_timeout_ms: 60_000 });
  await client.query(`drop table if exists ${ORDERS.table}; ${makeTableSql(ORDERS, rows)}`);
  const found: Figure[] = [];
  for (const it of cases) {
    await stage(client, it, rows);
    const ratios: number[] = [];
    for (let pair = 1; pair <= pairs; pair++) {
      const byHand = await timed(ws, client, "by_hand", (merge) => BY_HAND[it.by](client, merge));
      const ours = await timed(ws, client, "ours", (merge) => mergeByKey(client, asMerge(merge)));
      ratios.push(byHand[by] / ours[by]);
      process.stderr.write(`merge of ${it.name} ${pair}: by hand ${described(byHand)}, ours ${described(ours)}\n`);
    }
    await assertSameRows(ws, ["by_hand", "ours"], [...namesOf(ORDERS), "_sluice_run_id"]);
    found.push({
      measure: `merge of ${it.name} into ${rows} rows: speed of the best SQL by hand`,
      ...{ unit: "×", figures: spread(ratios), wanted: { at_least: 1 / 1.2 } },
    });
  }
  await client.query(`drop table if exists ${ORDERS.table}, staged, by_hand, ours`);
  await client.end();
  return found;
}

interface Timed {
  wall_ms: number;
  cpu_ms: number;
}

function described({ wall_ms, cpu_ms }: Timed): string {
  return `${Math.round(wall_ms)} ms, ${Math.round(cpu_ms)} ms of processors`;
}

async function stage(client: pg.Client, { share, isNew, change }: Case, rows: number): Promise<void> {
  const count = Math.round(rows * share);
  const columns = ORDERS.columns.map(([name, type]) => ({ name, type }));
  await client.query("drop table if exists staged");
  await createStagingTable(client, "staged", columns);
  // Spread over the table; the new ones lie behind its end.
  const place = `case when i <= ${Math.round(count * isNew)} then ${rows} + i else 1 + (i * 7919) % ${rows} end`;
  const values = ORDERS.columns.map(([name, , value]) => (change && name === "quantity" ? `${value} + 1` : value));
  await client.query(`insert into staged (${namesOf(ORDERS)}) select ${values}
    from (select ${place} as i from generate_series(1, ${count}::int8) i) places`);
}

function asMerge({ from, to, runId }: MergeByHand) {
  const columns = ORDERS.columns.map(([name, type]) => ({ name, type }));
  return { from, to, columns, runId, key: ["id"] };
}

/** On a table that is as it was made, with nothing left to vacuum. */
async function timed(
  ws: BenchWorkspace,
  client: pg.Client,
  to: string,
  work: (merge: MergeByHand) => Promise<unknown>,
): Promise<Timed> {
  await client.query(`drop table if exists ${to}; create table ${to} as select *, now() as _sluice_loaded_at, null::uuid as _sluice_run_id from ${ORDERS.table};
    alter table ${to} add primary key (id), alter _sluice_loaded_at set default now()`);
  await client.query(`vacuum analyze ${to}`);
  await client.query("checkpoint");
  const [cpu, wall] = [timeOfServer(ws.server), performance.now()];
  await client.query("begin");
  await work({ from: "staged", to, columns: namesOf(ORDERS), runId: RUN_ID });
  await client.query("commit");
  return { wall_ms: performance.now() - wall, cpu_ms: timeOfServer(ws.server) - cpu };
}
