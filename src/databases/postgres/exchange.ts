import type pg from "pg";
import { quoteIdentifier } from "./identifiers.ts";
import { RUN_ID } from "./names.ts";
import { listSql } from "./row-comparison.ts";
import { NO_ROWS, type RowCounts } from "./row-counts.ts";
import { runIdSql } from "./table.ts";

export interface Move {
  /** Quoted, with its schema. */
  from: string;
  to: string;
  columns: readonly string[];
  /** Unless the table has it as a default, or does not say which run loaded a row. */
  runId?: string | undefined;
}

/** All staged rows into the table. */
export async function insertAll(client: pg.Client, move: Move): Promise<RowCounts> {
  const { from, to, columns, runId } = move;
  const list = listSql(columns);
  const [name, value] = runId === undefined ? ["", ""] : [`, ${quoteIdentifier(RUN_ID)}`, `, ${runIdSql(runId)}`];
  const { rowCount } = await client.query(`insert into ${to} (${list}${name}) select ${list}${value} from ${from}`);
  return { ...NO_ROWS, inserted: rowCount ?? 0 };
}

/** Takes all rows out of a table: by `delete` readers go on with the old ones until the commit, by `truncate` they wait. */
export async function emptyTable(client: pg.Client, quoted: string, by: "delete" | "truncate"): Promise<void> {
  await client.query(by === "truncate" ? `truncate ${quoted}` : `delete from ${quoted}`);
}
