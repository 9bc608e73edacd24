import { isSluiceError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import type { JointPart, JointStream } from "../define-connector.ts";
import { RecordRun } from "../external/record-runs.ts";
import { type CatalogStream, configuredCatalog } from "./airbyte-catalog.ts";
import { joinState, type KeptState } from "./airbyte-state.ts";
import { ReadMessages } from "./read-messages.ts";
import type { Source, SourceContext } from "./source.ts";
import { sourceMessages } from "./source-messages.ts";

export interface SourceReading {
  source: Source;
  catalog: readonly CatalogStream[];
  streams: readonly JointStream[];
  kept: KeptState;
}

/**
 * Runs the source for the chosen streams and gives what it prints: first for those that are read on, then for those that
 * are read whole. Sources read their streams side by side, and what replaces a table keeps everything that comes with it
 * from being committed until it is complete. Streams that fail do not keep the others from being read.
 */
export async function* readSource(ctx: SourceContext, reading: SourceReading): AsyncGenerator<JointPart> {
  const failures: unknown[] = [];
  for (const streams of groupsOf(reading)) {
    try {
      yield* readGroup(ctx, { ...reading, streams });
    } catch (error) {
      if (isSluiceError(error) && error.recovery === "stop_run") throw error;
      failures.push(error);
    }
    if (ctx.signal.aborted) return;
  }
  if (failures.length > 0) throw failures[0];
}

function groupsOf({ streams }: SourceReading): (readonly JointStream[])[] {
  const isWhole = ({ mode }: JointStream) => mode === "replace";
  return [streams.filter((one) => !isWhole(one)), streams.filter(isWhole)].filter((group) => group.length > 0);
}

async function* readGroup(ctx: SourceContext, reading: SourceReading): AsyncGenerator<JointPart> {
  const messages = new ReadMessages(ctx, reading);
  const args = await readArguments(reading);
  try {
    for await (const group of sourceMessages(ctx, reading.source, args)) {
      for (const message of group) {
        if (message instanceof RecordRun) messages.records(message);
        else messages.take(message);
      }
      yield* messages.ready();
    }
    if (ctx.signal.aborted) return;
    messages.end();
  } catch (error) {
    messages.breakOff();
    yield* messages.ready();
    throw error;
  }
  yield* messages.ready();
}

async function readArguments({ source, catalog, streams, kept }: SourceReading): Promise<string[]> {
  const { folder, program } = source;
  const chosen = configuredCatalog(catalog, streams, program.name);
  const state = joinState(streams, kept, catalog);
  return [
    ...["read", ...(await source.configArguments())],
    ...["--catalog", await folder.write("catalog.json", chosen)],
    ...(state === undefined ? [] : ["--state", await folder.write("state.json", state satisfies JsonValue)]),
  ];
}
