import { asSluiceError, type SluiceError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { connectPostgres, type PostgresAddress } from "../databases/postgres/client.ts";
import { embeddedStatus, startEmbedded } from "../databases/postgres/embedded/embedded-postgres.ts";
import { readDestinationId } from "../databases/postgres/system-schema.ts";
import { readConnectionState } from "../pipelines/load/connection-state.ts";
import type { StateMirror, StreamPlan } from "../pipelines/load/plan.ts";
import { cursorForEvent } from "./event-state.ts";
import { emptyResult } from "./load-streams.ts";
import { planStreams, runContextOf } from "./plan-streams.ts";
import type { ResolvedRun } from "./resolve-run.ts";
import type { RunContext } from "./run-context.ts";
import { stopReason } from "./run-verdict.ts";

/**
 * Checks the connection, finds its streams and says for each what would be loaded and from where. Nothing is written:
 * not to the destination, not to config.json, no log and no summary. Returns what would have stopped the run.
 */
export async function dryRun(run: RunContext, resolved: ResolvedRun): Promise<SluiceError | undefined> {
  const { connector, connection } = resolved;
  try {
    const { message, details = {}, warnings = [] } = await connector.check(runContextOf(run, resolved, run.signal));
    run.events.emit({ kind: "runtime.event", message: `checked ${connection.name}: ${message}`, data: details });
    for (const warning of warnings) run.warn(warning);
    const { plans, refused } = await planStreams(run, resolved, run.signal);
    const state = await currentState(run, resolved);
    for (const plan of plans) foresee(run, plan, state?.streams[plan.stream]?.cursor ?? null);
    run.tally.stateBefore = state ?? null;
    run.tally.stateAfter = state ?? null;
    return refused[0]?.error;
  } catch (error) {
    return stopReason(run.signal) ?? asSluiceError(error);
  }
}

function foresee({ events, tally, request }: RunContext, plan: StreamPlan, stored: JsonValue): void {
  const fromStart = stored === null || plan.mode === "replace" || plan.full_refresh;
  const cursor = fromStart ? null : stored;
  const result = emptyResult(plan, "success");
  const { stream, mode } = plan;
  const from = fromStart ? "its beginning" : "where the last run left it";
  const how = `by ${mode}, from ${from}`;
  const message = `would load ${stream} into ${result.table} ${how}`;
  const data = {
    table: result.table,
    mode,
    cursor: cursorForEvent(cursor),
    full_refresh: request.full_refresh ?? false,
  };
  events.emit({ kind: "runtime.event", stream, message, data });
  tally.add(result);
  tally.foreseen.set(stream, how);
}

/** The destination's state, without making anything there. */
async function currentState(run: RunContext, { target, connection }: ResolvedRun): Promise<StateMirror | undefined> {
  if (target.kind === "server") return readState(target.credentials, run.run_id, connection.id);
  if ((await embeddedStatus(target.folder)).state === "absent") return undefined;
  const lease = await startEmbedded({ folder: target.folder, purpose: `dry run of ${connection.name}` });
  try {
    run.redactor.add([lease.address.password ?? ""]);
    return await readState(lease.address, run.run_id, connection.id);
  } finally {
    await lease.release();
  }
}

async function readState(
  address: PostgresAddress,
  runId: string,
  connectionId: string,
): Promise<StateMirror | undefined> {
  const client = await connectPostgres(address, { application_name: `sluice ${runId}` });
  try {
    const destinationId = await readDestinationId(client);
    if (destinationId === undefined) return undefined;
    return (await readConnectionState(client, connectionId, destinationId)).mirror;
  } finally {
    await client.end();
  }
}
