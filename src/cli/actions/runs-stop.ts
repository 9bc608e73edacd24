import { didYouMean } from "../../core/did-you-mean.ts";
import { SluiceError } from "../../core/errors.ts";
import { liveRuns } from "../../runner/run-lock-file.ts";
import { requestStop, type StopOutcome } from "../../runner/stop-requests.ts";
import { findRun, type ListedRun } from "../../runs/run-index.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";

/** Tells a run that is going on, or some of its streams, to stop; resolves when the run has taken that. */
export async function stopRun(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const { run_id, connection } = await liveRun(workspace, input);
  const asked = input.list("stream");
  const outcome = await requestStop(workspace, run_id, asked.length === 0 ? null : asked);
  assertKnown(connection, outcome);
  const data = outcome.ended ? { stopping: [], over: [] } : { stopping: outcome.stopping, over: outcome.over };
  const text = textOf(connection, asked, outcome);
  return { data: { run_id, connection, ended: outcome.ended, ...data }, text };
}

/** The run that is meant: by its id or the beginning of it, by its connection, or the only one that is going on. */
async function liveRun(workspace: Workspace, input: CommandInput): Promise<ListedRun> {
  const wanted = input.optionalArgument("run")?.toLowerCase() ?? "";
  const connection = input.text("connection");
  const ids = [...(await liveRuns(workspace)).keys()].filter((id) => id.startsWith(wanted));
  const { runs, run_logs } = workspace.paths;
  const found = await Promise.all(ids.map((id) => findRun(runs, run_logs, id).catch(() => undefined)));
  const live = found.filter((run) => run !== undefined && (connection === undefined || run.connection === connection));
  const [only, second] = live;
  if (only !== undefined && second === undefined) return only;
  const which = [wanted === "" ? "" : ` "${wanted}"`, connection === undefined ? "" : ` of ${connection}`].join("");
  if (only === undefined) {
    const message = `stopping a run: no run${which} is going on. \`sluice runs list --status running\` shows those that are.`;
    throw new SluiceError("run_unknown", message);
  }
  const list = live.flatMap((run) => (run === undefined ? [] : [`${run.run_id} (${run.connection})`])).join(", ");
  throw new SluiceError("usage", `stopping a run: ${live.length} are going on: ${list}. Say which.`);
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

function textOf(connection: string, asked: readonly string[], outcome: StopOutcome): string {
  if (outcome.ended) return `The run of ${connection} ended before it could be stopped.`;
  const stops = "at the next checkpoint. What was committed stays; the next run goes on from there.";
  if (asked.length === 0) return `The run of ${connection} stops ${stops}`;
  const { stopping, over } = outcome;
  const lines = [
    ...(stopping.length === 0 ? [] : [`${stopping.join(", ")} of ${connection} stops ${stops}`]),
    ...(over.length === 0 ? [] : [`${over.join(", ")} of ${connection} had ended already.`]),
  ];
  return lines.join("\n");
}
