import { stripVTControlCharacters } from "node:util";

export interface Column {
  title: string;
  /** The title is a name that must stay as it is. */
  verbatim?: boolean;
  align?: "left" | "right";
}

/** Rows under a header, two spaces apart; empty cells show as `-`. Widths ignore colour codes. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [
    columns.map(({ title, verbatim }) => (verbatim ? title : title.toUpperCase())),
    ...rows.map((row) => row.map(cell)),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ""))));
  return lines.map((line) => formatLine(line, columns, widths)).join("\n");
}

/** `name: value` lines with the values under each other. */
export function formatFields(fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width + 1)} ${cell(value)}`).join("\n");
}

function formatLine(line: readonly string[], columns: readonly Column[], widths: readonly number[]): string {
  const cells = line.map((text, index) => {
    const padding = " ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(text)));
    return columns[index]?.align === "right" ? padding + text : text + padding;
  });
  return cells.join("  ").trimEnd();
}

function cell(text: string): string {
  return text === "" ? "-" : text.replaceAll(/\r?\n/g, " ");
}

/** Code points are near enough: wide characters are rare in names. */
function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
