import type { JsonObject } from "../core/json.ts";
import type { ConnectionState } from "./config-schema.ts";
import { changeConfig, connectionEntries } from "./config-update.ts";
import type { Workspace } from "./locate.ts";

export interface StateMerge {
  before: ConnectionState | undefined;
  after: ConnectionState;
  /** The copy that was made of the config; missing when the state stood there already. */
  backup?: string;
  /** The connection was deleted while it ran: there is no entry to hold its state. The destination still has it. */
  deleted?: true;
}

/**
 * Writes a connection's state into `config.json`, on a fresh read under the file's lock, and touches nothing else of it.
 * The connection is found by its id, so that a rename during the run does no harm. Throws as every reading of the config
 * does (`config_not_json` while an editor has left it half saved); nothing is lost then: the destination holds the
 * state and the next run brings the mirror up to date.
 */
export async function mergeState(ws: Workspace, connectionId: string, next: ConnectionState): Promise<StateMerge> {
  let before: ConnectionState | undefined;
  let deleted = false;
  const { backup } = await changeConfig(ws, "writing a run's state", (raw) => {
    const entry = connectionEntries(raw).find((each) => each.id === connectionId);
    deleted = entry === undefined;
    before = entry?.state as ConnectionState | undefined;
    if (entry !== undefined) entry.state = structuredClone(next) as JsonObject;
  });
  return {
    before,
    after: next,
    ...(backup === undefined ? {} : { backup }),
    ...(deleted ? { deleted: true as const } : {}),
  };
}
