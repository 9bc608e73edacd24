import { ConnectorError } from "../connector-error.ts";
import type { CursorValue } from "./cursor-value.ts";
import { instantOf, isoText } from "./instant.ts";

/** Letters of a pattern of one's own, all in UTC. */
const PATTERN_PART = /yyyy|MM|dd|HH|mm|ss|SSS/g;

/** The finest part of a pattern says how fine the API compares. */
const PATTERN_GRAIN = [
  ["SSS", 1],
  ["ss", 1000],
  ["mm", 60_000],
  ["HH", 3_600_000],
] as const;

const DAY_MS = 86_400_000;

/** Forms that a time can be sent in; any other text is a pattern. */
const FORMS: Readonly<Record<string, { grain_ms: number; write(ms: number): CursorValue }>> = {
  iso: { grain_ms: 1, write: isoText },
  iso_s: { grain_ms: 1000, write: (ms) => isoText(ms).replace(/\.\d+Z$/, "Z") },
  iso_date: { grain_ms: DAY_MS, write: (ms) => isoText(ms).slice(0, 10) },
  epoch_s: { grain_ms: 1000, write: (ms) => Math.floor(ms / 1000) },
  epoch_ms: { grain_ms: 1, write: (ms) => ms },
};

/** Names for the option's description. */
export const FORMAT_NAMES = Object.keys(FORMS);

/** How times are written in requests. */
export interface TimeFormat {
  /** Rounded down to what the form can say. */
  write(ms: number): CursorValue;
  /** Times within one grain are the same to the API. */
  grain_ms: number;
}

export function timeFormat(format: string): TimeFormat {
  const form = FORMS[format];
  if (form !== undefined) return form;
  return { write: (ms) => writePattern(format, ms), grain_ms: grainOf(format) };
}

/** Whether a text is a form, or a pattern that says at least the year. */
export function isTimeFormat(format: string): boolean {
  return Object.hasOwn(FORMS, format) || format.includes("yyyy");
}

/** The moment that a cursor stands for. @throws ConnectorError `source_format` when it stands for none. */
export function timeOf(value: CursorValue, what: string): number {
  const instant = instantOf(value);
  if (instant !== undefined) return instant.ms;
  throw new ConnectorError(
    "source_format",
    `reading ${what}: a cursor holds no time that is known (ISO 8601, or seconds or milliseconds since 1970). Choose another field, or leave out the format so that it is sent as it is.`,
  );
}

function writePattern(pattern: string, ms: number): string {
  const iso = isoText(ms);
  const parts: Record<string, string> = {
    yyyy: iso.slice(0, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
    SSS: iso.slice(20, 23),
  };
  return pattern.replace(PATTERN_PART, (part) => parts[part] ?? part);
}

function grainOf(pattern: string): number {
  return PATTERN_GRAIN.find(([part]) => pattern.includes(part))?.[1] ?? DAY_MS;
}
