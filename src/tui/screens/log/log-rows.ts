import type { RunEvent } from "../../../core/events.ts";
import { parseEvent } from "../../../runs/event-reader.ts";
import { eventDetails } from "../../../runs/event-text.ts";
import type { LogLine } from "../../../runs/log-lines.ts";
import type { Tone } from "../../theme/theme.ts";
import type { Column } from "../../ui/table.tsx";

/** A line of the window. */
export interface LogRow {
  id: string;
  time: string;
  level: string;
  kind: string;
  stream: string;
  text: string;
  tone: Tone;
}

const TONES: Readonly<Record<string, Tone>> = { debug: "dim", info: "plain", warn: "warn", error: "bad" };
/** A level is a symbol too: colour alone tells nothing. */
const SYMBOLS: Readonly<Record<string, string>> = { debug: "·", info: " ", warn: "!", error: "✗" };

/** For a screen reader; that all is well goes without saying. */
const WORDS: Readonly<Record<string, string>> = { "·": "debug", "!": "warning", "✗": "error" };

/** What is not an event is shown as it is: a log that was damaged is read as far as it goes. */
export function logRow(line: LogLine | undefined, place: number): LogRow {
  const id = String(place);
  if (line === undefined) return { id, time: "", level: " ", kind: "", stream: "", text: "…", tone: "dim" };
  const event = parseEvent(line.text);
  if (event === undefined)
    return { id, time: "", level: "?", kind: "(no event)", stream: "", text: line.text, tone: "warn" };
  const { ts, level, kind, stream = "", message } = event;
  const text = [message, detailsOf(event)].filter((part) => part !== undefined && part !== "").join("  ");
  const look = { level: SYMBOLS[level] ?? " ", tone: TONES[level] ?? "plain" };
  return { id, time: String(ts).slice(11, 23), kind, stream, text, ...look };
}

/** An event of another version may lack what its kind has here. */
function detailsOf(event: RunEvent): string {
  try {
    return eventDetails(event);
  } catch {
    return JSON.stringify(event.data);
  }
}

export function logColumns(redact: (text: string) => string): Column<LogRow>[] {
  return [
    {
      ...{ title: "", width: 1, cell: ({ level, tone }) => ({ text: level, tone }) },
      spoken: ({ level }) => WORDS[level] ?? "",
    },
    { title: "time (UTC)", width: 12, from: 66, cell: ({ time }) => ({ text: time, tone: "dim" }) },
    { title: "kind", width: 18, cell: ({ kind, tone }) => ({ text: kind, tone }) },
    { title: "stream", width: 14, from: 76, cell: ({ stream }) => stream },
    {
      title: "",
      width: "grow",
      cell: ({ text, tone }) => ({ text: redact(text), tone: tone === "dim" ? "dim" : "plain" }),
    },
  ];
}
