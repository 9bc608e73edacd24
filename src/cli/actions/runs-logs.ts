import { SluiceError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import { isRunning } from "../../runner/run-lock-file.ts";
import { followEvents, readEvents } from "../../runs/event-reader.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { formatEvent } from "../event-line.ts";
import { chosenRun } from "./runs.ts";

const LEVELS = ["debug", "info", "warn", "error"];

export async function showLogs(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const run = await chosenRun(workspace, input);
  if (run.events_path === null) {
    throw new SluiceError("run_unknown", `The log of run ${run.run_id} is gone; only its summary is left.`);
  }
  const isWanted = filterOf(input);
  const events = input.flag("follow")
    ? followEvents(run.events_path, {
        signal: context.io.interruption(),
        isLive: () => isRunning(workspace, run.run_id),
      })
    : readEvents(run.events_path, { onBroken: (line) => context.say(`line ${line} of the log is not an event`) });
  for await (const event of events) {
    if (!isWanted(event)) continue;
    context.io.stdout.write(`${context.json ? JSON.stringify(event) : formatEvent(event, context.style)}\n`);
  }
  return { data: null, text: "", streamed: true };
}

function filterOf(input: CommandInput): (event: RunEvent) => boolean {
  const least = LEVELS.indexOf(input.text("level") ?? "debug");
  const stream = input.text("stream");
  const kind = input.text("kind");
  return (event) =>
    LEVELS.indexOf(event.level) >= least &&
    (stream === undefined || event.stream === stream) &&
    (kind === undefined || matchesKind(event.kind, kind));
}

/** `http.*` stands for all kinds that begin with `http.`. */
function matchesKind(kind: string, wanted: string): boolean {
  return wanted.endsWith("*") ? kind.startsWith(wanted.slice(0, -1)) : kind === wanted;
}
