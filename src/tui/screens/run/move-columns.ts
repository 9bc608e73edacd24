import { type CursorMove, cursorValueText } from "../../../runs/cursor-moves.ts";
import type { Column } from "../../ui/table.tsx";

/** Where a cursor has moved, from what to what. */
export function moveColumns(before: string, after: string): readonly Column<CursorMove>[] {
  return [
    { title: "cursor", width: "grow", cell: ({ stream, place }) => (place === "" ? stream : `${stream} ${place}`) },
    { title: before, width: "grow", cell: ({ first }) => ({ text: cursorValueText(first), tone: "bad" }) },
    { title: after, width: "grow", cell: ({ second }) => ({ text: cursorValueText(second), tone: "good" }) },
  ];
}

export function moveId({ stream, place }: CursorMove): string {
  return `${stream} ${place}`;
}

export function moveInFull({ stream, place, first, second }: CursorMove): string {
  return `${place === "" ? stream : `${stream} ${place}`}: ${cursorValueText(first)} → ${cursorValueText(second)}`;
}
