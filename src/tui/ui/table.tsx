import { Box, Text } from "ink";
import { memo, type ReactNode } from "react";
import { useSession } from "../session-context.ts";
import { useStore } from "../state/store.ts";
import { paint } from "../theme/paint.ts";
import type { Theme, Tone } from "../theme/theme.ts";
import { useBodySize } from "./layout.tsx";
import { fitText, textWidth } from "./text-width.ts";
import type { List } from "./use-list.ts";

export interface Cell {
  text: string;
  tone?: Tone;
}

export interface Column<T> {
  title: string;
  /** Columns of the terminal; those that grow share what is left. */
  width: number | "grow";
  align?: "left" | "right";
  /** Left out of a table that is narrower than this. */
  from?: number;
  /** Several cells stand side by side, each in its own tone. */
  cell(row: T): string | Cell | readonly Cell[];
  /** What a screen reader says in place of the cell, where that is a picture; empty for nothing. */
  spoken?(row: T): string;
}

/** Marks of the selected row and of marked ones. */
const GUTTER = 2;
const GAP = 2;
const LEAST_GROWN = 8;

/**
 * A header and the rows of the list's window: nothing else is drawn, however long the list is; the header tells where one
 * is in it. Takes `height + 1` lines.
 */
export function Table<T>({ list, columns }: { list: List<T>; columns: readonly Column<T>[] }): ReactNode {
  const { columns: width } = useBodySize();
  const { theme: store, isScreenReader } = useSession();
  const theme = useStore(store);
  const rows = list.rows.slice(list.top, list.top + list.height);
  if (isScreenReader) return <SpokenRows list={list} rows={rows} columns={columns} />;
  const laid = layColumns(columns, width);
  const place = list.rows.length > list.height ? ` [${list.index + 1}/${list.rows.length}]` : "";
  const grown = laid.find(({ column }) => column.width === "grow");
  const head = laid
    .map(({ column, width: room }) =>
      fitText(`${column.title}${grown?.column === column ? place : ""}`.trimStart(), room, column.align),
    )
    .join(" ".repeat(GAP));
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text wrap="truncate-end" {...theme.dim}>{`  ${head}`}</Text>
      {rows.map((row, offset) => (
        <Line
          key={list.idOf(row)}
          text={rowText({
            cells: laid.map(({ column, width: room }) => layCell(column, row, room)),
            isSelected: list.top + offset === list.index,
            isMarked: list.isMarked(row),
            theme,
          })}
        />
      ))}
    </Box>
  );
}

/** One text, exactly as wide as the table. What has not changed is not drawn again. */
const Line = memo(function Line({ text }: { text: string }): ReactNode {
  return <Text wrap="truncate-end">{text}</Text>;
});

interface RowLook {
  cells: readonly (readonly Cell[])[];
  isSelected: boolean;
  isMarked: boolean;
  theme: Theme;
}

function rowText({ cells, isSelected, isMarked, theme }: RowLook): string {
  const gutter = `${isSelected ? "▸" : " "}${isMarked ? "*" : " "}`;
  const toned = ({ text, tone = "plain" }: Cell) => (isSelected ? text : paint(text, theme[tone]));
  const text = cells.map((parts) => parts.map(toned).join("")).join(" ".repeat(GAP));
  return isSelected ? paint(`${gutter}${text}`, theme.selected) : `${gutter}${text}`;
}

/** For a screen reader: one sentence a row, without padding and without what is empty. */
function SpokenRows<T>({ list, rows, columns }: { list: List<T>; rows: readonly T[]; columns: readonly Column<T>[] }) {
  const say = (row: T) =>
    columns
      .map((column) => [column.title, column.spoken?.(row) ?? textOf(column.cell(row))])
      .filter(([, text]) => text !== "")
      .map(([title, text]) => (title === "" ? text : `${title} ${text}`))
      .join(", ");
  return (
    <Box flexDirection="column">
      {rows.map((row, offset) => {
        const isSelected = list.top + offset === list.index;
        const marks = `${isSelected ? "selected, " : ""}${list.isMarked(row) ? "marked, " : ""}`;
        const place = `${list.top + offset + 1} of ${list.rows.length}: `;
        return <Text key={list.idOf(row)}>{`${place}${marks}${say(row)}`}</Text>;
      })}
    </Box>
  );
}

function textOf(cell: string | Cell | readonly Cell[]): string {
  return partsOf(cell)
    .map(({ text }) => text)
    .join("")
    .trim();
}

function partsOf(cell: string | Cell | readonly Cell[]): readonly Cell[] {
  if (typeof cell === "string") return [{ text: cell }];
  return Array.isArray(cell) ? (cell as readonly Cell[]) : [cell as Cell];
}

/** Exactly as wide as the column; only a cell of one part is cut. */
function layCell<T>(column: Column<T>, row: T, width: number): readonly Cell[] {
  const parts = partsOf(column.cell(row));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return [{ ...only, text: fitText(only.text, width, column.align) }];
  const used = parts.reduce((sum, { text }) => sum + textWidth(text), 0);
  return [...parts, { text: " ".repeat(Math.max(0, width - used)) }];
}

interface LaidColumn<T> {
  column: Column<T>;
  width: number;
}

function layColumns<T>(columns: readonly Column<T>[], width: number): LaidColumn<T>[] {
  const shown = columns.filter(({ from = 0 }) => width >= from);
  const fixed = shown.reduce((sum, column) => sum + (column.width === "grow" ? 0 : column.width), 0);
  const growing = shown.filter((column) => column.width === "grow").length;
  const left = width - GUTTER - fixed - GAP * (shown.length - 1);
  const share = growing === 0 ? 0 : Math.max(LEAST_GROWN, Math.floor(left / growing));
  return shown.map((column) => ({ column, width: column.width === "grow" ? share : column.width }));
}
