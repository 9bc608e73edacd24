import type pg from "pg";
import type { JsonObject } from "../../core/json.ts";
import { readStates, type StoredState } from "../../databases/postgres/state-store.ts";
import type { StateMirror } from "./plan.ts";

/** The scope of state that belongs to a whole connection: no stream can have this name. */
export const GLOBAL_SCOPE = "*";

/** What the destination knows of a connection, row by row and as config.json mirrors it. */
export interface KnownState {
  rows: Map<string, StoredState>;
  mirror: StateMirror;
}

export async function readConnectionState(
  client: pg.Client,
  connectionId: string,
  destinationId: string,
): Promise<KnownState> {
  const stored = await readStates(client, connectionId);
  const streams: StateMirror["streams"] = {};
  let global: JsonObject = {};
  let revision = 0;
  for (const row of stored.sort((a, b) => (a.scope < b.scope ? -1 : 1))) {
    revision += row.revision;
    if (row.scope === GLOBAL_SCOPE) global = (row.cursor ?? {}) as JsonObject;
    else streams[row.scope] = { cursor: row.cursor };
  }
  const mirror: StateMirror = { version: 1, revision, destination_id: destinationId, global, streams };
  return { rows: new Map(stored.map((row) => [row.scope, row])), mirror };
}
