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

/** Runs the source for the chosen streams and gives what it prints. */
export async function* readSource(ctx: SourceContext, reading: SourceReading): AsyncGenerator<JointPart> {
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
  const chosen = configuredCatalog(catalog, streams, { from: program.name });
  const state = joinState(streams, kept, catalog);
  return [
    ...["read", ...(await source.configArguments())],
    ...["--catalog", await folder.write("catalog.json", chosen)],
    ...(state === undefined ? [] : ["--state", await folder.write("state.json", state satisfies JsonValue)]),
  ];
}
