import { createHash } from "node:crypto";
import type { Reject, RowBatch, TableBatch } from "../../connector/define-connector.ts";
import { valueText } from "../../databases/postgres/cell-encoder.ts";
import { isTooDeep } from "../../databases/postgres/json-cell.ts";

/** Hex digits that tell rows without a position apart. */
const HASH_DIGITS = 24;

/** The row at `index` of a batch as a reject. Without a position from the connector its own values stand for it. */
export function rejectOf(batch: RowBatch, index: number, reason: string): Reject {
  const row = shownRow("rows" in batch ? (batch.rows[index] ?? {}) : rowObject(batch, index));
  const position = batch.positionOf?.(index) ?? `sha256:${hash(valueText(inOrder(row)))}`;
  return { position, reason, text: valueText(row), before: index };
}

/** Those that the source rejected, and those of its rows that could not be stored, as they stand at the source. */
export function inSourceOrder(ofSource: readonly Reject[] | undefined, ofRows: readonly Reject[]): Reject[] {
  return [...(ofSource ?? []), ...ofRows].sort((a, b) => (a.before ?? 0) - (b.before ?? 0));
}

/** A source may give the fields of a row in another order the next time. */
function inOrder(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is nested too deeply to be stored is nested too deeply to be shown. */
function shownRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = (value: unknown) => (isTooDeep(value) ? "(nested too deeply to be shown)" : value);
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shown(value)]));
}

function rowObject(batch: TableBatch, index: number): Record<string, unknown> {
  const row = batch.values[index] ?? [];
  return Object.fromEntries(batch.columns.map((column, at) => [column, row[at]]));
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_DIGITS);
}
