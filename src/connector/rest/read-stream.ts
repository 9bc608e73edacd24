import type { JsonValue } from "../../core/json.ts";
import type { RecordBatch } from "../define-connector.ts";
import { readState, writeState } from "./partition-state.ts";
import { readChanged } from "./read-changed.ts";
import { readChildren } from "./read-children.ts";
import type { OnIgnored } from "./read-pages.ts";
import { readPartition } from "./read-partition.ts";
import { recordBatch } from "./record-batch.ts";
import type { RestSource, RestStream } from "./rest-stream.ts";
import { recordShaper } from "./shape-records.ts";
import { SkipLog } from "./skip-log.ts";

/** Rows of a stream from its cursor on. */
export async function* readRestStream(
  source: RestSource,
  stream: RestStream,
  cursor: JsonValue | undefined,
): AsyncGenerator<RecordBatch> {
  const skips = new SkipLog(source, stream.name);
  const onIgnored: OnIgnored = (ignored) => skips.add(ignored);
  const { parent } = stream.options;
  const state = readState(cursor, stream.name, parent !== undefined && !parent.changed);
  if (parent?.changed === true && "own" in state) {
    for await (const batch of readChanged({ source, stream, onIgnored }, state.own)) {
      yield recordBatch(batch, batch.state === undefined ? undefined : writeState(batch.state));
    }
  } else if ("parents" in state) {
    yield* readChildren({ source, stream, onIgnored }, state.parents);
  } else {
    const values = source.options.variables;
    const shaper = recordShaper(stream);
    for await (const batch of readPartition({ source, stream, values, shaper, state: state.own, onIgnored })) {
      yield recordBatch(batch, batch.state === undefined ? undefined : writeState(batch.state));
    }
  }
  skips.finish();
}
