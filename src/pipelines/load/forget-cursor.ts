import type { EventStream } from "../../core/event-stream.ts";
import type { StreamPosition } from "./checkpoint.ts";

/** The table that the cursor speaks of is gone, or is another one: its rows are not where they are to be. */
export function forgetCursor(
  { position, events }: { position: StreamPosition; events: EventStream },
  stream: string,
  table: string,
): void {
  if (position.cursor === null) return;
  events.emit({
    kind: "state.reconciled",
    level: "warn",
    stream,
    message: `there is no table ${table} (any more), so ${stream} is loaded from its beginning`,
    data: { before: position.cursor, after: null, before_from: "destination", after_from: "table_missing" },
  });
  position.cursor = null;
}
