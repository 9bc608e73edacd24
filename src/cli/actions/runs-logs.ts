import { SluiceError } from "../../core/errors.ts";
import { isRunning } from "../../runner/run-lock-file.ts";
import { followEvents, readEvents } from "../../runs/event-reader.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { formatEvent } from "../event-line.ts";
import { LogFilter } from "../log-filter.ts";
import { chosenRun } from "./runs.ts";

export async function showLogs(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const run = await chosenRun(workspace, input);
  if (run.events_path === null) {
    throw new SluiceError("run_unknown", `The log of run ${run.run_id} is gone; only its summary is left.`);
  }
  const filter = new LogFilter({ level: input.text("level"), stream: input.text("stream"), kind: input.text("kind") });
  const follows = input.flag("follow");
  // Who follows would wait for something that never comes.
  if (follows) filter.assertKind();
  const events = follows
    ? followEvents(run.events_path, {
        signal: context.io.interruption(),
        isLive: () => isRunning(workspace, run.run_id),
      })
    : readEvents(run.events_path, { onBroken: (line) => context.say(`line ${line} of the log is not an event`) });
  for await (const event of events) {
    if (!filter.takes(event)) continue;
    context.io.stdout.write(`${context.json ? JSON.stringify(event) : formatEvent(event, context.style)}\n`);
  }
  filter.assertKind();
  filter.assertStream();
  if (filter.foundNothing) context.say(`No event of run ${run.run_id} is of that level, stream and kind.`);
  return { data: null, text: "", streamed: true };
}
