import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Batch, JointPart, JointStream, ReadContext } from "../define-connector.ts";

/**
 * One stream by itself, of a source that gives its streams mixed, for those who look at it; its cursor is what the
 * source's cursors say of everything.
 */
export async function* readAlone(
  ctx: ReadContext<unknown, unknown>,
  read: (streams: JointStream[], kept: JsonObject) => AsyncIterable<JointPart>,
): AsyncGenerator<Batch> {
  const { stream: name, mode, primaryKey, cursorField } = ctx;
  const { own, kept = {} } = (ctx.cursor ?? {}) as { own?: JsonValue; kept?: JsonObject };
  const streams = [{ name, mode, primaryKey, cursorField, cursor: own ?? undefined }];
  const cursor: JsonObject = {};
  for await (const part of read(streams, kept)) {
    if (part.kind === "rows") yield part.batch;
    if (part.kind !== "cursor") continue;
    const moved = part.streams?.[name];
    if (moved !== undefined) cursor["own"] = moved;
    if (part.global !== undefined) cursor["kept"] = part.global;
    yield { rows: [], cursor: { ...cursor } };
  }
}
