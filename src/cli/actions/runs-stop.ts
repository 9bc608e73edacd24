import { didYouMean } from "../../core/did-you-mean.ts";
import { isSluiceError, SluiceError } from "../../core/errors.ts";
import { liveRuns } from "../../runner/run-lock-file.ts";
import { requestStop, type StopOutcome } from "../../runner/stop-requests.ts";
import { findRun, type ListedRun } from "../../runs/run-index.ts";
import { readConfigText } from "../../workspace/config-text.ts";
import { viewConfig } from "../../workspace/config-view.ts";
import { unknownConnection } from "../../workspace/connection-unknown.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { findNamedRun } from "./named-run.ts";

/**
 * Tells a run that is going on, or some of its streams, to stop; resolves when the run has taken that. Where nothing is
 * going on there is nothing left to do, which is no failure.
 */
export async function stopRun(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const live = await liveRun(workspace, input);
  if (live === undefined) return nothingToStop(workspace, input);
  const { run_id, connection } = live;
  const asked = input.list("stream");
  const outcome = await requestStop(workspace, run_id, asked.length === 0 ? null : asked);
  assertKnown(connection, outcome);
  const data = outcome.ended ? { stopping: [], over: [] } : { stopping: outcome.stopping, over: outcome.over };
  const text = textOf(connection, asked, outcome);
  return { data: { run_id, connection, ended: outcome.ended, ...data }, text };
}

/** The run that is meant: by its id or the beginning of it, by its connection, or the only one that is going on. */
async function liveRun(workspace: Workspace, input: CommandInput): Promise<ListedRun | undefined> {
  const wanted = input.optionalArgument("run")?.toLowerCase() ?? "";
  const connection = input.text("connection");
  const ids = [...(await liveRuns(workspace)).keys()].filter((id) => id.startsWith(wanted));
  const { runs, run_logs } = workspace.paths;
  const found = await Promise.all(ids.map((id) => findRun(runs, run_logs, id).catch(undefinedIfUnknown)));
  const live = found.filter((run) => run !== undefined && (connection === undefined || run.connection === connection));
  if (live.length < 2) return live[0];
  const list = live.flatMap((run) => (run === undefined ? [] : [`${run.run_id} (${run.connection})`])).join(", ");
  throw new SluiceError("usage", `stopping a run: ${live.length} are going on: ${list}. Say which.`);
}

/** A run that has only begun may have no log yet. */
function undefinedIfUnknown(error: unknown): undefined {
  if (isSluiceError(error) && error.code === "run_unknown") return undefined;
  throw error;
}

/** Throws for a run or a connection that there is not: that may be a slip, and what was meant goes on. */
async function nothingToStop(workspace: Workspace, input: CommandInput): Promise<Answer> {
  const wanted = input.optionalArgument("run");
  const connection = input.text("connection");
  const nothing = { ended: true, stopping: [], over: input.list("stream") };
  if (wanted !== undefined) {
    const run = await findNamedRun(workspace, wanted, connection === undefined ? {} : { connection });
    const text = `The run of ${run.connection} is over: it ended as ${run.status}. There was nothing to stop.`;
    return { data: { run_id: run.run_id, connection: run.connection, ...nothing }, text };
  }
  if (connection !== undefined) await assertConnection(workspace, connection);
  const text = `No run${connection === undefined ? "" : ` of ${connection}`} is going on. There was nothing to stop.`;
  return { data: { run_id: null, connection: connection ?? null, ...nothing }, text };
}

async function assertConnection(workspace: Workspace, name: string): Promise<void> {
  const known = viewConfig(await readConfigText(workspace)).connections.map((listed) => listed.name);
  if (!known.includes(name)) throw unknownConnection(workspace, name, known);
}

/** Nothing was asked of the run's other streams then; those that it has are being stopped all the same. */
function assertKnown(connection: string, outcome: StopOutcome): void {
  if (outcome.ended) return;
  const [unknown] = outcome.unknown;
  if (unknown === undefined) return;
  const { streams, stopping } = outcome;
  const others = stopping.length === 0 ? "" : ` ${stopping.join(", ")} is being stopped.`;
  const message = `stopping ${unknown}: the run of ${connection} does not load it.${didYouMean(unknown, streams)} It loads ${streams.join(", ")}.${others}`;
  throw new SluiceError("usage", message);
}

/** Only the run knows which of its streams have cursors. */
const AFTERWARDS =
  "What was committed stays; the next run goes on from the cursors that are kept by then, and reads anew what has none.";

function textOf(connection: string, asked: readonly string[], outcome: StopOutcome): string {
  if (outcome.ended) return `The run of ${connection} ended before it could be stopped.`;
  const stops = `at the next checkpoint. ${AFTERWARDS}`;
  if (asked.length === 0) return `The run of ${connection} stops ${stops}`;
  const { stopping, over } = outcome;
  const lines = [
    ...(stopping.length === 0 ? [] : [`${stopping.join(", ")} of ${connection} stops ${stops}`]),
    ...(over.length === 0 ? [] : [`${over.join(", ")} of ${connection} had ended already.`]),
  ];
  return lines.join("\n");
}
