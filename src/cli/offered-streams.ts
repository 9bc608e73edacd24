import { formatCount } from "../core/count-text.ts";
import type { OfferedStream } from "../runner/offered-streams.ts";
import type { Style } from "./style.ts";
import { formatFields, formatTable } from "./table.ts";

/** A longer cell would push the others off the screen. */
const CELL_WIDTH = 40;

/** One line a stream, so that it can be searched however many there are. Columns that say nothing are left out. */
export function streamTable(streams: readonly OfferedStream[], connection: string, style: Style): string {
  if (streams.length === 0) return "It offers no streams.";
  const columns: [string, (stream: OfferedStream) => string, ("left" | "right")?][] = [
    ["stream", ({ name }) => name],
    ["selected", ({ selected }) => (selected ? style.green("yes") : "no")],
    ["mode", ({ mode }) => mode],
    ["key", ({ primary_key }) => shorten(primary_key.join(", "))],
    ["cursor", ({ cursor_field }) => shorten(cursor_field ?? "")],
    ["rows", ({ estimated_rows }) => about(estimated_rows), "right"],
    ["columns", ({ columns: known }) => (known === null ? "" : formatCount(known.length)), "right"],
  ];
  const telling = columns.filter(([, cellOf]) => streams.some((stream) => cellOf(stream) !== ""));
  const table = formatTable(
    telling.map(([title, , align = "left"]) => ({ title, align })),
    streams.map((stream) => telling.map(([, cellOf]) => cellOf(stream))),
  );
  const selected = streams.filter((stream) => stream.selected).length;
  const counts = `${formatCount(streams.length, "stream")}, ${formatCount(selected)} selected.`;
  return `${table}\n\n${counts} More about one: sluice connections discover ${connection} --stream <name>`;
}

/** Everything that is known of one stream. */
export function streamDetails(stream: OfferedStream, style: Style): string {
  const { name, description, selected, mode, primary_key, cursor_field, table, proposed, estimated_rows } = stream;
  const fields = formatFields([
    ["stream", style.bold(name)],
    ...(description === null ? [] : [["about", description] as const]),
    ["selected", selected ? "yes" : "no"],
    ["mode", beside(mode, proposed.mode)],
    ["key", beside(primary_key.join(", "), proposed.primary_key.join(", "))],
    ["cursor", beside(cursor_field ?? "", proposed.cursor_field ?? "")],
    ["table", table],
    ["rows", about(estimated_rows)],
  ]);
  return `${fields}\n\n${columnsOf(stream)}`;
}

function columnsOf({ columns, primary_key, cursor_field }: OfferedStream): string {
  if (columns === null) return "Its columns are known once it has been loaded.";
  const rows = columns.map(({ name, type, nullable }) => {
    const uses = [primary_key.includes(name) ? "key" : "", name === cursor_field ? "cursor" : ""];
    return [name, type, nullable ? "yes" : "no", uses.filter((use) => use !== "").join(", ")];
  });
  return formatTable([{ title: "column" }, { title: "type" }, { title: "nullable" }, { title: "used as" }], rows);
}

/** What counts, and what the connector proposes where that is something else. */
function beside(value: string, proposed: string): string {
  return value === proposed ? value : `${value === "" ? "-" : value} (the connector proposes ${proposed || "none"})`;
}

function about(rows: number | null): string {
  return rows === null ? "" : `≈ ${formatCount(Math.round(rows))}`;
}

function shorten(text: string): string {
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text;
}
