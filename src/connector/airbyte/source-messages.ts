import { isSluiceError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { Program } from "../external/program-context.ts";
import { type Message, programRecords } from "../external/program-messages.ts";
import { RecordRun } from "../external/record-runs.ts";
import type { Source, SourceContext } from "./source.ts";
import { type SourceFailure, sayLog, sourceError, traceFailure } from "./source-words.ts";

const RECORDS = { path: ["record", "data"], named: ["stream", "namespace"], ignored: "emitted_at" };

/**
 * Runs a command of a source and gives the messages that are its answer. What it says of itself is seen to here: LOG,
 * the errors of TRACE, and CONTROL, before anything that came with it. Records that came one after the other are given
 * together.
 */
export async function* sourceMessages(
  ctx: SourceContext,
  source: { program: Program } & Partial<Pick<Source, "changeConfig">>,
  args: readonly string[],
): AsyncGenerator<(Message | RecordRun)[]> {
  const failures: SourceFailure[] = [];
  try {
    for await (const group of programRecords(ctx, source.program, args, RECORDS)) {
      await keepConfigs(ctx, source, group);
      const answers = group.filter(
        (message) => message instanceof RecordRun || !isSaid(ctx, source.program, { message, failures }),
      );
      if (answers.length > 0) yield answers;
    }
  } catch (error) {
    const [failure] = failures;
    const isItsOwn = isSluiceError(error) && error.code === "program_failed" && failure !== undefined;
    throw isItsOwn ? sourceError(source.program.name, failure, error) : error;
  }
  const [failure] = failures;
  if (failure !== undefined && !ctx.signal.aborted) throw sourceError(source.program.name, failure);
}

/** Whether a message was only the source's talk. */
function isSaid(
  ctx: SourceContext,
  { name }: Program,
  { message, failures }: { message: Message; failures: SourceFailure[] },
): boolean {
  if (message["type"] === "LOG") sayLog(ctx, name, message["log"]);
  else if (message["type"] === "TRACE") {
    const failure = traceFailure(message["trace"]);
    if (failure === undefined) return false;
    failures.push(failure);
    ctx.log("error", `${name}: ${failure.message}`, { program: name, ...failure.details });
  } else return message["type"] === "CONTROL";
  return true;
}

async function keepConfigs(
  ctx: SourceContext,
  source: Partial<Pick<Source, "changeConfig">>,
  group: readonly (Message | RecordRun)[],
): Promise<void> {
  for (const message of group) {
    if (message instanceof RecordRun || message["type"] !== "CONTROL") continue;
    const { control } = message;
    const { connectorConfig } = objectOf(control);
    const { config } = objectOf(connectorConfig);
    if (isJsonObject(config ?? null)) await source.changeConfig?.(ctx, config as JsonObject);
  }
}

function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? (value as JsonObject) : {};
}
