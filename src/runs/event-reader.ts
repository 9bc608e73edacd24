import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { EVENT_VERSION, type EventKind, type RunEvent } from "../core/events.ts";
import { isJsonObject } from "../core/json.ts";

const CHUNK_BYTES = 256 * 1024;

/** Polling works on every file system, watching does not; writers flush as often. */
const POLL_MS = 100;

export interface ReadEventsOptions {
  kinds?: readonly EventKind[];
  stream?: string;
  /** Told of lines that are not events: a log that was cut short or damaged is read as far as it goes. */
  onBroken?: (line: number) => void;
}

export interface FollowEventsOptions extends ReadEventsOptions {
  signal?: AbortSignal;
  /** Asked whenever the log has nothing new: once the run is not alive any more, following ends. */
  isLive?: () => Promise<boolean>;
}

/** The events of a log, in order. Kinds that a newer version added are handed on as they are. */
export async function* readEvents(path: string, options: ReadEventsOptions = {}): AsyncGenerator<RunEvent> {
  for await (const event of eventsOf(path, async () => false, options.onBroken)) {
    if (isWanted(event, options)) yield event;
  }
}

/** As `readEvents`, and then what is added, until the run finishes, dies, or `signal` aborts. */
export async function* followEvents(path: string, options: FollowEventsOptions = {}): AsyncGenerator<RunEvent> {
  const { signal, isLive = async () => true } = options;
  let wasLive = true;
  const waitForMore = async (): Promise<boolean> => {
    if (signal?.aborted || !wasLive) return false;
    wasLive = await isLive();
    if (wasLive) await sleep(POLL_MS, undefined, signal ? { signal } : {}).catch(() => {});
    return true;
  };
  for await (const event of eventsOf(path, waitForMore, options.onBroken)) {
    if (isWanted(event, options)) yield event;
    if (event.kind === "run.finish" || signal?.aborted) return;
  }
}

/** A line as an event, or undefined when it is not one. */
export function parseEvent(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isEvent = isJsonObject(value) && value.v === EVENT_VERSION && typeof value.kind === "string";
    return isEvent ? (value as unknown as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}

function isWanted(event: RunEvent, { kinds, stream }: ReadEventsOptions): boolean {
  return (kinds === undefined || kinds.includes(event.kind)) && (stream === undefined || event.stream === stream);
}

/** Reads to the end of the file, and on from there as long as `atEnd` answers true. */
async function* eventsOf(
  path: string,
  atEnd: () => Promise<boolean>,
  onBroken: ((line: number) => void) | undefined,
): AsyncGenerator<RunEvent> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let held = Buffer.alloc(0);
    let line = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0 && (await atEnd())) continue;
      const bytes = Buffer.concat([held, buffer.subarray(0, bytesRead)]);
      const end = bytesRead === 0 ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
      held = bytes.subarray(end);
      for (const text of linesOf(bytes.subarray(0, end))) {
        line += 1;
        const event = parseEvent(text);
        if (event === undefined) onBroken?.(line);
        else yield event;
      }
      if (bytesRead === 0) return;
    }
  } finally {
    await file.close();
  }
}

function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
