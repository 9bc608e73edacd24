import type pg from "pg";
import type { JsonValue } from "../../../core/json.ts";
import type { RowLead } from "../row-lead.ts";
import type { ChosenColumn } from "./choose-columns.ts";
import { copyOut } from "./copy-out.ts";
import { CopyTextDecoder } from "./copy-text.ts";
import type { RowRooms } from "./row-pieces.ts";
import type { SourceBatch } from "./source-settings.ts";

/** How a stream's rows are handed over. */
export interface HandOver {
  client: pg.Client;
  columns: readonly ChosenColumn[];
  form: "values" | "copy_text" | "copy_binary";
  /** What the destination would have each row of bytes begin with. */
  lead?: RowLead | undefined;
  /** What is shared by all that hand over the stream's rows. */
  rooms: RowRooms;
}

/** The rows of a select in the form that is wanted; the last batch carries the cursor, if there is one. */
export async function* handOver(
  how: HandOver,
  select: string,
  cursor: JsonValue | undefined,
): AsyncGenerator<SourceBatch> {
  const batches = how.form === "values" ? asValues(how, select) : asBytes(how, select);
  let held: SourceBatch | undefined;
  for await (const batch of batches) {
    if (held !== undefined) yield held;
    held = batch;
  }
  if (cursor !== undefined) yield { ...(held ?? emptyBatch(how)), cursor };
  else if (held !== undefined) yield held;
}

async function* asBytes({ client, form, lead, rooms }: HandOver, select: string): AsyncGenerator<SourceBatch> {
  const format = form === "copy_binary" ? "binary" : "text";
  const own = lead === undefined ? 0 : lead.bytes.length - lead.replaces;
  for await (const piece of copyOut(client, copySql(select, format), format, { lead, rooms })) {
    yield { ...piece, led: lead !== undefined, bytes: piece.copy.length - piece.count * own };
  }
}

async function* asValues({ client, columns }: HandOver, select: string): AsyncGenerator<SourceBatch> {
  const names = columns.map(({ name }) => name);
  const isBoolean = columns.map(({ type }) => type === "boolean");
  const untyped = isBoolean.map((it) => !it);
  const decoder = new CopyTextDecoder(isBoolean);
  for await (const { copy } of copyOut(client, copySql(select, "text"), "text")) {
    const values = decoder.decode(copy);
    if (values.length > 0) yield { columns: names, values, untyped, bytes: copy.length };
  }
}

function copySql(select: string, format: string): string {
  return `copy (${select}) to stdout (format ${format})`;
}

const NOTHING = Buffer.alloc(0);

function emptyBatch({ columns, form }: HandOver): SourceBatch {
  if (form !== "values") return { copy: NOTHING, count: 0 };
  return { columns: columns.map(({ name }) => name), values: [], untyped: columns.map(() => true) };
}
