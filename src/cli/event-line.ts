import type { RunEvent } from "../core/events.ts";
import { eventDetails } from "../runs/event-text.ts";
import type { Style } from "./style.ts";

/** One event as one line for people: time, kind, stream, and what matters of it. */
export function formatEvent(event: RunEvent, style: Style): string {
  const time = style.dim(event.ts.slice(11, 23));
  const level = { debug: style.dim, info: style.cyan, warn: style.yellow, error: style.red }[event.level] ?? style.cyan;
  const parts = [time, level(event.kind.padEnd(18)), event.stream, event.message, eventDetails(event)];
  return parts.filter((part) => part !== undefined && part !== "").join("  ");
}
