import stringWidth from "string-width";
import { graphemesOf } from "../terminal/graphemes.ts";
import { isSingleColumns } from "../terminal/single-columns.ts";

const PLAIN = /^[\u0020-\u007e]*$/;
/** Control characters would move the cursor. */
const CONTROLS = /\p{Cc}+/gu;

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  return isSingleColumns(text) ? text.length : stringWidth(text);
}

/** On one line and without anything that could move the cursor. */
export function oneLine(text: string): string {
  return PLAIN.test(text) ? text : text.replace(CONTROLS, " ");
}

/** Cut to a width, with an ellipsis where something is missing. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 0) return "";
  if (PLAIN.test(text)) return `${text.slice(0, width - 1)}…`;
  let cut = "";
  let used = 0;
  for (const { segment } of graphemesOf(text)) {
    used += textWidth(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** Exactly `width` columns wide. */
export function fitText(text: string, width: number, align: "left" | "right" = "left"): string {
  const cut = cutText(oneLine(text), width);
  const gap = " ".repeat(Math.max(0, width - textWidth(cut)));
  return align === "left" ? cut + gap : gap + cut;
}
