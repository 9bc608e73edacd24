import { randomUUID } from "node:crypto";

/**
 * Numbers of JSON whose value a double cannot hold: long integers, long decimals, exponents out of range. They become
 * `JSON.rawJSON` with the digits they were written with. Other numbers stay numbers, whatever their spelling (1.50, 1e3).
 */

/** Numbers of at most 15 digits and without an exponent always survive; only longer ones are looked at. */
const SUSPECT = /[:,[\s]-?(?:\d[\d.]{15,}(?:[eE][+-]?\d+)?|\d[\d.]*[eE][+-]?\d+)/g;

/** Whether this looks like a number, wherever it stands in the text (in a string too), that a double cannot hold. */
export function hasInexactNumber(text: string): boolean {
  SUSPECT.lastIndex = 0;
  for (let match = SUSPECT.exec(text); match !== null; match = SUSPECT.exec(text)) {
    if (!isExact(match[0].slice(1))) return true;
  }
  return false;
}

/** `JSON.parse` that keeps all digits, and costs more only where a double could not. */
export function parseJson(text: string): unknown {
  return hasInexactNumber(`:${text}`) ? parseExactJson(text) : JSON.parse(text);
}

/** `JSON.parse` that keeps all digits; about three times as slow. */
export function parseExactJson(text: string): unknown {
  try {
    return exactJson.parse(text, keepDigits);
  } catch (error) {
    if (error instanceof RangeError) return parseDeepJson(text);
    throw error;
  }
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * For what is nested too deeply for a reviver, which calls itself: the numbers go through the parser, which does not, as
 * marked strings and become numbers again afterwards.
 */
function parseDeepJson(text: string): unknown {
  const mark = randomUUID();
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"${mark}${token}"`,
  );
  const root = { value: JSON.parse(marked) as unknown };
  const open: Record<string, unknown>[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [key, value] of Object.entries(holder)) {
      if (typeof value === "string" && value.startsWith(mark))
        holder[key] = exactJson.rawJSON(value.slice(mark.length));
      else if (typeof value === "object" && value !== null) open.push(value as Record<string, unknown>);
    }
  }
  return root.value;
}

interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}

const exactJson = JSON as unknown as ExactJson;

function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined || isExact(context.source)) return value;
  return exactJson.rawJSON(context.source);
}

/** Whether the double nearest to the number is written back with the same value. */
function isExact(source: string): boolean {
  const value = Number(source);
  if (String(value) === source) return true;
  return Number.isFinite(value) && normalForm(String(value)) === normalForm(source);
}

/** Equal for equal decimal values: significant digits and the power of ten of the last one. */
function normalForm(source: string): string {
  const [mantissa = "", exponent = "0"] = source.replace(/^-/, "").toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
