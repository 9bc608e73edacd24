import { parseEvent } from "../../../runs/event-reader.ts";
import { type FilterTerm, parseFilter } from "../../ui/filter.ts";

const LEVELS = ["debug", "info", "warn", "error"];

/**
 * A test for lines by what a filter says: `level:warn` for that level and above, `stream:` and `kind:` for parts of a
 * name, other words for what stands anywhere in the line. Undefined when it says nothing.
 */
export function lineTest(filter: string): ((line: string) => boolean) | undefined {
  const terms = parseFilter(filter);
  if (terms.length === 0) return undefined;
  const words = terms.filter(({ field }) => !isEventField(field));
  const fields = terms.filter(({ field }) => isEventField(field));
  return (line) => {
    if (words.length > 0) {
      const text = line.toLowerCase();
      if (!words.every((term) => text.includes(wordOf(term)) !== term.isNot)) return false;
    }
    if (fields.length === 0) return true;
    if (!fields.every((term) => mayHold(term, line))) return false;
    const event = parseEvent(line);
    return event !== undefined && fields.every((term) => holds(term, event) !== term.isNot);
  };
}

/** The filter with a field set to a value, or without the field when it has that value already. */
export function toggleField(filter: string, field: string, value: string): string {
  const term = `${field}:${value}`;
  const words = filter.split(/\s+/).filter((word) => word !== "");
  const others = words.filter((word) => !word.startsWith(`${field}:`));
  return (words.includes(term) ? others : [...others, term]).join(" ");
}

/** The next of the levels in the filter, from all to errors only and back. */
export function nextLevel(filter: string): string {
  const now = LEVELS.findIndex((level) => filter.split(/\s+/).includes(`level:${level}`));
  const next = LEVELS[Math.max(now, 1) + (now === -1 ? 0 : 1)];
  return toggleField(filter, "level", next ?? LEVELS[now] ?? "info");
}

function isEventField(field: string | undefined): boolean {
  return field === "level" || field === "stream" || field === "kind";
}

/** What looks like a field and is none is a word: `https://…`. */
function wordOf({ field, value }: FilterTerm): string {
  return field === undefined ? value : `${field}:${value}`;
}

/** Far cheaper than understanding the line, and right for most that do not hold. */
function mayHold({ field, value, isNot }: FilterTerm, line: string): boolean {
  if (isNot || field !== "level") return true;
  return LEVELS.slice(Math.max(0, LEVELS.indexOf(value))).some((level) => line.includes(`"${level}"`));
}

function holds({ field, value, isNot }: FilterTerm, event: { level: string; kind: string; stream?: string }): boolean {
  if (field === "stream") return event.stream?.toLowerCase().includes(value) === true;
  if (field === "kind") return event.kind.toLowerCase().includes(value.replace(/\*$/, ""));
  return isNot ? event.level === value : LEVELS.indexOf(event.level) >= LEVELS.indexOf(value);
}
