import { join, relative } from "node:path";
import { formatCount } from "../../core/count-text.ts";
import type { PostgresAddress } from "../../databases/postgres/client.ts";
import { queryDestination } from "../../databases/postgres/query.ts";
import type { RunResult } from "../../runner/run-result.ts";
import { textOf } from "../actions/db-query.ts";
import type { Answer, CommandContext } from "../command.ts";
import { formatTable } from "../table.ts";
import type { DataSet } from "./demo-data.ts";

export interface Arrival {
  context: CommandContext;
  folder: string;
  address: PostgresAddress;
  sets: readonly DataSet[];
  /** What each of the first runs has read, for people. */
  origins: readonly string[];
  first: readonly RunResult[];
  again: readonly RunResult[];
}

const QUERY = `select wildlife_species, count(*) as strikes, sum(cost_total) as cost_in_dollars
from demo.bird_strikes
where wildlife_size = 'Large'
group by 1 order by 3 desc nulls last limit 5`;

/** What stands in the database now, what the second runs moved, a query, and where to read on. */
export async function describeArrival(arrival: Arrival): Promise<Answer> {
  const { context, folder, address, sets, again } = arrival;
  const tables = await countTables(arrival);
  const { columns, rows } = await queryDestination(address, QUERY, { write: false, limit: 0 });
  const last = again[0];
  const moved = again.map((result) => ({ connection: result.connection, rows: rowsOf(result) }));
  const data = {
    ...{ workspace: folder, tables, second_runs: moved, query: { sql: QUERY, columns, rows }, data_sets: sets },
    ...{ events_path: last?.events_path ?? null, summary_path: last?.summary_path ?? null },
  };
  const { bold, dim } = context.style;
  const text = [
    `${bold("What arrived")}\n${arrivalTable(tables)}`,
    `${bold("The second runs")}\n${moved.map(({ connection, rows: count }) => `${connection}: ${formatCount(count, "new or changed row")}`).join("\n")}`,
    `${bold("A query")}\n${dim(QUERY)}\n\n${textOf({ columns, rows, more: false, affected: null })}`,
    `${bold("Where the data is from")}\n${sourceTable(sets)}`,
    `log:       ${data.events_path}\nsummary:   ${data.summary_path}\nworkspace: ${folder}`,
    `Next: ${commandFor(context, folder)} db query "select * from demo.airports limit 5"`,
  ];
  return { data, text: text.join("\n\n") };
}

/** As it can be typed where the user stands: in a checkout Sluice is not on the PATH. */
function commandFor({ io, product }: CommandContext, folder: string): string {
  const installed = product.root.includes("/node_modules/");
  const command = installed ? "sluice" : relative(io.cwd, join(product.root, "bin", "sluice"));
  return `${command} --workspace ${relative(io.cwd, folder) || "."}`;
}

interface ArrivedTable {
  connection: string;
  table: string;
  rows: number;
  columns: number;
  from: string;
}

async function countTables({ first, address, origins }: Arrival): Promise<ArrivedTable[]> {
  const tables: ArrivedTable[] = [];
  for (const [index, { connection, stats }] of first.entries()) {
    for (const { table } of Object.values(stats)) {
      if (table === null) continue;
      const counted = await queryDestination(address, countSql(table), { write: false, limit: 0 });
      const [rows, columns] = (counted.rows[0] ?? []).map(Number);
      const from = origins[index] ?? "";
      tables.push({ connection: connection ?? "", table, rows: rows ?? 0, columns: columns ?? 0, from });
    }
  }
  return tables;
}

/** Names of the demo's tables need no quoting: they come out of its own config. */
function countSql(table: string): string {
  return `select (select count(*) from ${table}),
    (select count(*) from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped and attname not like '\\_sluice\\_%')`;
}

function arrivalTable(tables: readonly ArrivedTable[]): string {
  const rows = tables.map(({ table, rows: count, columns, from }) => [
    table,
    formatCount(count),
    String(columns),
    from,
  ]);
  return formatTable(
    [{ title: "table" }, { title: "rows", align: "right" }, { title: "columns", align: "right" }, { title: "from" }],
    rows,
  );
}

function sourceTable(sets: readonly DataSet[]): string {
  const rows = sets.map(({ file, source, licence }) => [file, source, licence]);
  return formatTable([{ title: "file" }, { title: "source" }, { title: "licence" }], rows);
}

function rowsOf({ stats }: RunResult): number {
  return Object.values(stats).reduce((sum, { inserted, updated }) => sum + inserted + updated, 0);
}
