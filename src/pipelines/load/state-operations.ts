import type pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import { connectPostgres, type PostgresAddress } from "../../databases/postgres/client.ts";
import { moveState, type StoredState } from "../../databases/postgres/state-store.ts";
import { ensureSystemSchema } from "../../databases/postgres/system-schema.ts";
import { GLOBAL_SCOPE, type KnownState, readConnectionState } from "./connection-state.ts";
import type { StateMirror } from "./plan.ts";

/** What `sluice state` does to the destination. Each returns the state that config.json is to mirror afterwards. */

export async function destinationState(address: PostgresAddress, connectionId: string): Promise<StateMirror> {
  return change(address, connectionId, async () => {});
}

export async function setCursor(
  address: PostgresAddress,
  connectionId: string,
  stream: string,
  cursor: JsonValue,
): Promise<StateMirror> {
  return change(address, connectionId, (client, known) => move(client, connectionId, known, [[stream, cursor]]));
}

/** Forgets the cursors, so that the streams are read from their beginning. The rows stay. */
export async function resetStreams(
  address: PostgresAddress,
  connectionId: string,
  streams: readonly string[] | "all",
): Promise<StateMirror> {
  return change(address, connectionId, async (client, known) => {
    const scopes = streams === "all" ? [...known.rows.keys()] : streams;
    await move(
      client,
      connectionId,
      known,
      scopes.map((scope) => [scope, scope === GLOBAL_SCOPE ? {} : null]),
    );
  });
}

/** Makes the destination's cursors those of config.json, after a hand edit that was meant. */
export async function adoptState(
  address: PostgresAddress,
  connectionId: string,
  mirror: StateMirror,
): Promise<StateMirror> {
  return change(address, connectionId, async (client, known) => {
    const wanted = new Map<string, JsonValue>(
      Object.entries(mirror.streams).map(([name, { cursor }]) => [name, cursor]),
    );
    for (const scope of known.rows.keys()) if (!wanted.has(scope)) wanted.set(scope, null);
    wanted.set(GLOBAL_SCOPE, mirror.global);
    const hasGlobal = known.rows.has(GLOBAL_SCOPE) || Object.keys(mirror.global).length > 0;
    if (!hasGlobal) wanted.delete(GLOBAL_SCOPE);
    await move(client, connectionId, known, [...wanted]);
  });
}

async function change(
  address: PostgresAddress,
  connectionId: string,
  action: (client: pg.Client, known: KnownState) => Promise<void>,
): Promise<StateMirror> {
  const client = await connectPostgres(address, { application_name: "sluice state" });
  try {
    const destinationId = await ensureSystemSchema(client);
    await client.query("begin");
    await action(client, await readConnectionState(client, connectionId, destinationId));
    await client.query("commit");
    return (await readConnectionState(client, connectionId, destinationId)).mirror;
  } finally {
    await client.end();
  }
}

async function move(
  client: pg.Client,
  connection_id: string,
  known: KnownState,
  cursors: readonly (readonly [string, JsonValue])[],
): Promise<void> {
  for (const [scope, cursor] of cursors) {
    const row: StoredState | undefined = known.rows.get(scope);
    const moved = await moveState(client, { connection_id, scope, cursor, run_id: null, revision: row?.revision ?? 0 });
    if (moved) continue;
    throw new SluiceError(
      "state_conflict",
      `changing the state of ${scope}: a run has moved its cursor in the meantime. Nothing was changed; look again.`,
    );
  }
}
