import type xterm from "@xterm/headless";

/** Neighbouring text that looks the same, without what looks plain. */
export interface StyledText {
  style: string;
  text: string;
}

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

/** How the parts of a line look that are not plain: `bold cyan` for `r`, `gray` for `run`. */
export function stylesOf(line: xterm.IBufferLine): StyledText[] {
  const parts: StyledText[] = [];
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    if (cell === undefined) continue;
    const style = styleOf(cell);
    const last = parts.at(-1);
    // The second half of a wide character has no text of its own.
    const text = cell.getWidth() === 0 ? "" : cell.getChars() || " ";
    if (last?.style === style) last.text += text;
    else parts.push({ style, text });
  }
  return parts.filter(({ style, text }) => text.trim() !== "" && style !== "").map(trimmed);
}

function trimmed({ style, text }: StyledText): StyledText {
  return { style, text: style.includes("inverse") ? text : text.trim() };
}

function styleOf(cell: xterm.IBufferCell): string {
  const weights = [
    cell.isBold() ? "bold" : "",
    cell.isDim() ? "dim" : "",
    cell.isUnderline() ? "underline" : "",
    cell.isInverse() ? "inverse" : "",
  ];
  return [...weights, colourOf(cell)].filter((word) => word !== "").join(" ");
}

function colourOf(cell: xterm.IBufferCell): string {
  if (cell.isFgDefault()) return "";
  const colour = cell.getFgColor();
  if (cell.isFgRGB()) return `#${colour.toString(16).padStart(6, "0")}`;
  if (colour === 8) return "gray";
  return colour < 8 ? (COLOURS[colour] ?? "") : colour < 16 ? `bright ${COLOURS[colour - 8]}` : `colour ${colour}`;
}
