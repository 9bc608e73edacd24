import type pg from "pg";
import type { JsonValue } from "../../core/json.ts";

/** One row of `_sluice.state`: how far a scope (a stream, or `*` for a connection's global state) has been loaded. */
export interface StoredState {
  scope: string;
  cursor: JsonValue;
  revision: number;
  run_id: string | null;
}

export interface StateMove {
  connection_id: string;
  scope: string;
  cursor: JsonValue;
  run_id: string | null;
  /** The revision that was read before; 0 when there was no row. */
  revision: number;
}

/** All state of a connection; empty when it has never committed here. */
export async function readStates(client: pg.Client, connectionId: string): Promise<StoredState[]> {
  const { rows } = await client.query(
    "select scope, cursor::text as cursor, revision::text as revision, run_id from _sluice.state where connection_id = $1",
    [connectionId],
  );
  return rows.map((row) => ({
    scope: row.scope,
    cursor: row.cursor === null ? null : JSON.parse(row.cursor),
    revision: Number(row.revision),
    run_id: row.run_id,
  }));
}

/**
 * Compare-and-set: moves the cursor only if nobody else has since `revision` was read. False means that somebody has;
 * the caller must roll back. Runs inside the caller's transaction, with the rows that the cursor stands for.
 */
export async function moveState(client: pg.Client, move: StateMove): Promise<boolean> {
  const values = [move.connection_id, move.scope, JSON.stringify(move.cursor), move.run_id];
  if (move.revision === 0) {
    const inserted = await client.query(
      `insert into _sluice.state (connection_id, scope, cursor, revision, run_id)
       values ($1, $2, $3::json, 1, $4) on conflict (connection_id, scope) do nothing`,
      values,
    );
    return inserted.rowCount === 1;
  }
  const updated = await client.query(
    `update _sluice.state set cursor = $3::json, revision = revision + 1, run_id = $4, updated_at = now()
     where connection_id = $1 and scope = $2 and revision = $5`,
    [...values, move.revision],
  );
  return updated.rowCount === 1;
}
