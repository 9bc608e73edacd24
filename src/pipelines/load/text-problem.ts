import { isNested } from "../../databases/postgres/json-cell.ts";

/** Text that JSON and files can hold but Postgres cannot. */

const NUL = "\0";
const REPLACEMENT = "\ufffd";

/** What is wrong with a value's text, keys and nested values included; undefined when it can be stored. */
export function textProblem(value: unknown): string | undefined {
  if (typeof value === "string") {
    if (value.includes(NUL)) return "a NUL character";
    return value.isWellFormed() ? undefined : "half of a surrogate pair";
  }
  if (!isNested(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const problem = textProblem(key) ?? textProblem(inner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The value with what cannot be stored replaced by U+FFFD. */
export function mendText(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(NUL, REPLACEMENT).toWellFormed();
  if (Array.isArray(value)) return value.map(mendText);
  if (!isNested(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mendText(key), mendText(inner)]));
}

/** Text that Postgres refuses is rare: one look at the whole batch finds out whether rows must be looked at singly. */
export function suspicious(out: string): boolean {
  return out.includes("\0") || out.includes("\\\\u0000") || out.includes("\\\\ud") || !out.isWellFormed();
}
