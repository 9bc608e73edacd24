import type { CopyFormat } from "./copy.ts";

/** What every row of a COPY begins with, in place of its own first bytes: one more value, before those it has. */
export interface RowLead {
  bytes: Buffer;
  /** How many of the row's own bytes it takes the place of. */
  replaces: number;
}

const COUNT_BYTES = 2;
const UUID_BYTES = 16;

/** A uuid as the first value of rows that have `columns` values of their own. */
export function uuidLead(uuid: string, format: CopyFormat, columns: number): RowLead {
  if (format === "text") return { bytes: Buffer.from(`${uuid}\t`), replaces: 0 };
  const head = Buffer.alloc(COUNT_BYTES + 4);
  head.writeInt16BE(columns + 1, 0);
  head.writeInt32BE(UUID_BYTES, COUNT_BYTES);
  return { bytes: Buffer.concat([head, Buffer.from(uuid.replaceAll("-", ""), "hex")]), replaces: COUNT_BYTES };
}
