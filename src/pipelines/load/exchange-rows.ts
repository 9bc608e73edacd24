import { emptyTable, insertAll } from "../../databases/postgres/exchange.ts";
import { liveRows } from "../../databases/postgres/merge.ts";
import type { RowCounts } from "../../databases/postgres/row-counts.ts";
import { keepNewest } from "../../databases/postgres/supersede.ts";
import type { TableTransaction } from "./checkpoint.ts";
import type { StagingTable } from "./staging-table.ts";

/**
 * The rows that have arrived instead of those that the table holds; what depends on the table stays. The old rows go
 * first, so that a column may change to a type that they would not fit.
 */
export async function exchangeRows(checkpoint: TableTransaction, arrived: StagingTable): Promise<RowCounts> {
  const { client, target } = checkpoint;
  const { quoted: from, columns } = arrived;
  await target.takeTurns(client);
  await emptyTable(client, target.quoted, target.emptyBy);
  await target.prepare(client);
  if (target.plan.mode !== "merge") return insertAll(client, { from, to: target.quoted, columns, runId: target.runId });
  const merging = target.merging(columns);
  await keepNewest(client, { ...merging, from });
  return insertAll(client, { from: liveRows(merging, from), to: target.quoted, columns, runId: target.runId });
}
