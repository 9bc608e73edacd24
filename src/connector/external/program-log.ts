import type { EventLevel } from "../../core/events.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { ProgramContext } from "./program-context.ts";

/** How programs name the weight of what they say. */
const LEVELS: Record<string, EventLevel> = {
  TRACE: "debug",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
  FATAL: "error",
};
/** The weight of something said at that level; undefined for a word that names none. */
export function weightOf(level: string): EventLevel | undefined {
  return LEVELS[level.toUpperCase()];
}

const WORD = /\b(TRACE|DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL)\b/;
/** A level stands near the beginning of a line, after a time and a name at most. */
const HEAD_CHARACTERS = 80;
const METRIC = /\bMETRIC:\s*(\{.*\})\s*$/;
/** Longer lines are of no use to a reader. */
const MAX_CHARACTERS = 4000;

/** Says a line of a program's stderr in the run's log, at the level that it names. */
export function sayLine(ctx: Pick<ProgramContext, "log">, program: string, line: string): void {
  if (line.trim() === "") return;
  const metric = metricOf(line);
  const word = WORD.exec(line.slice(0, HEAD_CHARACTERS))?.[1];
  const level = weightOf(word ?? "") ?? "info";
  if (metric !== undefined) ctx.log("debug", describeMetric(program, metric), { program, metric });
  else ctx.log(level, `${program}: ${line.slice(0, MAX_CHARACTERS)}`, { program });
}

/** The measure that a tap tells as `METRIC: {…}`. */
function metricOf(line: string): JsonObject | undefined {
  const text = METRIC.exec(line)?.[1];
  if (text === undefined) return undefined;
  try {
    const metric = JSON.parse(text) as JsonValue;
    return isJsonObject(metric) ? metric : undefined;
  } catch {
    return undefined;
  }
}

function describeMetric(program: string, { metric, value, tags, type }: JsonObject): string {
  const { stream, endpoint } = isJsonObject(tags ?? null) ? (tags as JsonObject) : {};
  const what = [stream ?? endpoint, metric].filter((part) => typeof part === "string").join(" ");
  return `${program}: progress: ${what} ${String(value)}${type === "timer" ? " s" : ""}`;
}
