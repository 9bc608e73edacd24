import { ConnectorError } from "../connector-error.ts";
import { cursorRules } from "./cursor-rules.ts";
import type { Partition, PartitionBatch } from "./partition.ts";
import { readAscending } from "./read-ascending.ts";
import { readUnordered } from "./read-unordered.ts";
import { readWhole } from "./read-whole.ts";
import { readWindows } from "./read-windows.ts";

/** Rows from the state on. The last batch has the state to go on from; one without a state is no place to stop at. */
export function readPartition(partition: Partition): AsyncGenerator<PartitionBatch> {
  const { cursor, window } = partition.stream.options;
  if (cursor === undefined) return readWhole(partition);
  assertReadable(partition);
  const reading = { partition, cursor, rules: cursorRules(partition.stream, cursor) };
  if (window !== undefined) return readWindows(reading, window);
  return cursor.ordered === "asc" ? readAscending(reading) : readUnordered(reading);
}

function assertReadable({ stream, state }: Partition): void {
  const { name, mode } = stream;
  if (mode === "append" && stream.options.cursor?.lookback_s !== undefined) {
    const message = `reading ${name}: \`lookback_s\` reads records again, which append would double. Set the stream's mode to merge.`;
    throw new ConnectorError("connection_invalid", message, { details: { stream: name } });
  }
  if (mode === "append" && state?.disordered === true) {
    const message = `reading ${name}: its records do not come in the order that \`ordered\` says, and the last run was stopped among them, so that some may be missing. Set \`ordered\` to "none" and begin again with \`sluice state reset <connection> --stream ${name}\`.`;
    throw new ConnectorError("source_changed", message, { details: { stream: name } });
  }
}
