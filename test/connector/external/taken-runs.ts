import {
  type Message,
  type RecordPlace,
  type RecordRun,
  RecordRuns,
} from "../../../src/connector/external/record-runs.ts";
import { parseJson } from "../../../src/connector/formats/exact-numbers.ts";

export const SINGER: RecordPlace = { path: ["record"], named: ["stream"], ignored: "time_extracted" };

export interface Taken {
  given: (Message | RecordRun)[];
  /** How many lines had to be parsed. */
  parsed: number;
}

/** As the reader of a program's output takes it, of which so many lines come at once. */
export function takenRuns(lines: readonly string[], place = SINGER, atOnce = lines.length): Taken {
  const runs = new RecordRuns(place);
  const taken: Taken = { given: [], parsed: 0 };
  for (let at = 0; at < lines.length; at += atOnce) {
    takeLines(runs, lines.slice(at, at + atOnce), taken);
    taken.given.push(...runs.take());
  }
  return taken;
}

function takeLines(runs: RecordRuns, lines: readonly string[], taken: Taken): void {
  const bytes = Buffer.from(lines.join("\n"));
  let start = 0;
  for (const line of lines) {
    const end = start + Buffer.byteLength(line);
    if (!runs.read(bytes, start, end)) {
      taken.parsed++;
      const message = parseJson(line) as Message;
      if (!runs.join(line, message)) taken.given.push(...runs.take(), message);
    }
    start = end + 1;
  }
}
