import type pg from "pg";
import { listSql } from "./row-comparison.ts";
import { NO_ROWS, type RowCounts } from "./row-counts.ts";

export interface Move {
  /** Quoted, with its schema. */
  from: string;
  to: string;
  columns: readonly string[];
}

/** All staged rows into the table. */
export async function insertAll(client: pg.Client, move: Move): Promise<RowCounts> {
  const list = listSql(move.columns);
  const { rowCount } = await client.query(`insert into ${move.to} (${list}) select ${list} from ${move.from}`);
  return { ...NO_ROWS, inserted: rowCount ?? 0 };
}

/** Takes all rows out of a table: by `delete` readers go on with the old ones until the commit, by `truncate` they wait. */
export async function emptyTable(client: pg.Client, quoted: string, by: "delete" | "truncate"): Promise<void> {
  await client.query(by === "truncate" ? `truncate ${quoted}` : `delete from ${quoted}`);
}
