import { formatCount } from "../../../core/count-text.ts";
import type { Cell, Column } from "../../ui/table.tsx";
import { lacksKey, type StreamRow } from "./stream-choices.ts";

export const STREAM_COLUMNS: readonly Column<StreamRow>[] = [
  { title: "load", width: 4, cell: ({ selected }) => (selected ? { text: "[x]", tone: "good" } : "[ ]") },
  { title: "stream", width: "grow", cell: ({ name, isChanged }) => `${isChanged ? "± " : ""}${name}` },
  { title: "mode", width: 8, cell: ({ mode }) => mode },
  { title: "key", width: 14, cell: keyCell },
  { title: "cursor", width: 14, from: 70, cell: ({ cursor_field }) => cursor_field ?? "" },
  {
    title: "rows",
    width: 12,
    align: "right",
    from: 80,
    cell: ({ estimated_rows }) => (estimated_rows === null ? "" : `≈ ${formatCount(Math.round(estimated_rows))}`),
  },
  {
    title: "columns",
    width: 7,
    align: "right",
    from: 110,
    cell: ({ columns }) => (columns === null ? "" : formatCount(columns.length)),
  },
];

function keyCell(row: StreamRow): Cell {
  if (!row.isOffered) return { text: "not offered", tone: "warn" };
  if (lacksKey(row)) return { text: "✗ needs a key", tone: "bad" };
  return { text: row.primary_key.join(", ") };
}

type StreamColumn = NonNullable<StreamRow["columns"]>[number];

/** Of one stream: its columns and what they are used for. */
export function columnColumns({ primary_key, cursor_field }: StreamRow): Column<StreamColumn>[] {
  const usesOf = (name: string) =>
    [primary_key.includes(name) ? "key" : "", name === cursor_field ? "cursor" : ""]
      .filter((use) => use !== "")
      .join(", ");
  return [
    { title: "column", width: "grow", cell: ({ name }) => name },
    { title: "type", width: 16, cell: ({ type }) => ({ text: type, tone: "dim" }) },
    { title: "used as", width: 11, cell: ({ name }) => ({ text: usesOf(name), tone: "accent" }) },
  ];
}

/** What is known of a stream besides its columns, a line each. */
export function streamFacts({
  description,
  mode,
  primary_key,
  cursor_field,
  proposed,
  table,
  ordered,
}: StreamRow): string[] {
  return [
    ...(description === null ? [] : [description]),
    ...(table === "" ? [] : [`table   ${table}`]),
    `mode    ${beside(mode, proposed.mode)}`,
    `key     ${beside(primary_key.join(", "), proposed.primary_key.join(", "))}`,
    `cursor  ${beside(cursor_field ?? "", proposed.cursor_field ?? "")}`,
    ordered ? "commits while it reads" : "commits its cursor at the end",
  ];
}

/** What counts, and what the connector proposes where that is something else. */
function beside(value: string, proposed: string): string {
  const shown = value === "" ? "-" : value;
  return value === proposed ? shown : `${shown} (the connector proposes ${proposed || "none"})`;
}
