import type { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { isJsonObject } from "./json.ts";
import { pathText } from "./path-text.ts";

/** One thing that is wrong with a file, and where. */
export interface Problem {
  /** `connections[2].schema.drift` */
  path: string;
  message: string;
}

/**
 * What a schema finds wrong with a value, for people: every place at once, unknown keys and choices with a guess at what
 * was meant. `at` is the path of the value in its file.
 */
export function schemaProblems(schema: z.ZodType, value: unknown, at: readonly PropertyKey[] = []): Problem[] {
  const result = schema.safeParse(value);
  return result.success ? [] : issueProblems(result.error.issues, { schema, value, at });
}

interface Checked {
  /** A zod schema, or undefined where it is not known which one. */
  schema: unknown;
  value: unknown;
  at: readonly PropertyKey[];
}

/** The same for issues that a parse has already found. */
export function issueProblems(issues: readonly z.core.$ZodIssue[], { schema, value, at }: Checked): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      const known = keysOf(schemaAt(schema, issue.path));
      return issue.keys.map((key) => ({
        path: placeText([...path, key]),
        message: `is not a known key.${didYouMean(key, known)}${known.length === 0 ? "" : ` Known keys: ${known.join(", ")}.`}`,
      }));
    }
    const found = valueAt(value, issue.path);
    if (issue.code === "invalid_union" && issue.message === UNWORDED) {
      return unionProblems(issue.errors, { schema: schemaAt(schema, issue.path), value: found, at: path });
    }
    return [{ path: placeText(path), message: describe(issue, found) }];
  });
}

/** What zod says of a union when the schema brings no message of its own. */
const UNWORDED = "Invalid input";

/** The alternative that has the value's kind tells what is wrong inside; when none has, the kinds are listed. */
function unionProblems(alternatives: readonly z.core.$ZodIssue[][], checked: Checked): Problem[] {
  const isOther = (issue: z.core.$ZodIssue) =>
    issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
  const near = alternatives.findIndex((issues) => !issues.some(isOther));
  if (near !== -1) {
    const { options = [] } = plainDefinition(checked.schema);
    return issueProblems(alternatives[near] ?? [], { ...checked, schema: options[near] });
  }
  const others = alternatives.flatMap((issues) => issues.filter(isOther));
  const kinds = [...new Set(others.map(kindWanted))];
  const { value, at } = checked;
  const wanted = kinds.join(" or ");
  const got = others.some(({ code }) => code === "invalid_value") ? shown(value) : kindOf(value);
  const message = value === undefined ? `is missing (${wanted}).` : `must be ${wanted}, not ${got}.`;
  return [{ path: placeText(at), message: kinds.length === 0 ? "fits none of what is allowed here." : message }];
}

function kindWanted(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return article(issue.expected);
  return issue.code === "invalid_value" ? issue.values.join(" or ") : "something else";
}

function describe(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "invalid_type" && value === undefined) return `is missing (${article(issue.expected)}).`;
  if (issue.code === "invalid_type") return `must be ${article(issue.expected)}, not ${kindOf(value)}.`;
  if (issue.code === "invalid_value" && value === undefined) return `is missing (one of ${issue.values.join(", ")}).`;
  if (issue.code === "invalid_value") {
    const guess = typeof value === "string" ? didYouMean(value, issue.values.map(String)) : "";
    const wanted = issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(", ")}`;
    return `must be ${wanted}, not ${shown(value)}.${guess}`;
  }
  if (issue.code === "invalid_union" && "options" in issue && typeof value === "string") {
    return describeKind((issue.options ?? []).map(String), value);
  }
  if (issue.code === "too_small" || issue.code === "too_big") return describeSize(issue);
  const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return `${message}${message.endsWith(".") ? "" : "."}`;
}

/** A slip in the word that says which of several kinds an object is. */
function describeKind(kinds: readonly string[], value: string): string {
  return `must be one of ${kinds.join(", ")}, not ${shown(value)}.${didYouMean(value, kinds)}`;
}

function describeSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === "too_small";
  const limit = small ? issue.minimum : issue.maximum;
  if (small && limit === 1 && (issue.origin === "string" || issue.origin === "array")) return "must not be empty.";
  if (issue.origin === "string") return `must have at ${small ? "least" : "most"} ${limit} characters.`;
  if (issue.origin === "array") return `must have at ${small ? "least" : "most"} ${limit} entries.`;
  if (issue.inclusive === false) return `must be ${small ? "more" : "less"} than ${limit}.`;
  return `must be at ${small ? "least" : "most"} ${limit}.`;
}

function shown(value: unknown): string {
  return typeof value === "string" && value.length <= 40 ? `"${value}"` : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return article(Array.isArray(value) ? "array" : typeof value);
}

const KINDS: Record<string, string> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

function article(kind: string): string {
  return KINDS[kind] ?? kind;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[step as number];
    return isJsonObject(inner) ? inner[step as string] : undefined;
  }, value);
}

/** The keys that an object schema knows; none of any other schema. */
function keysOf(schema: unknown): string[] {
  return Object.keys(plainDefinition(schema).shape ?? {});
}

function schemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((outer, step) => {
    const { shape, element, valueType } = plainDefinition(outer);
    return shape === undefined ? (element ?? valueType) : shape[step as string];
  }, schema);
}

interface Definition {
  shape?: Record<string, unknown>;
  element?: unknown;
  valueType?: unknown;
  innerType?: unknown;
  in?: unknown;
  /** Of a union. */
  options?: unknown[];
}

/** Looks through `optional`, `default` and the like. */
function plainDefinition(schema: unknown): Definition {
  let definition = (schema as { def?: Definition } | undefined)?.def ?? {};
  while (definition.innerType !== undefined || definition.in !== undefined) {
    definition = ((definition.innerType ?? definition.in) as { def?: Definition }).def ?? {};
  }
  return definition;
}

function placeText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "(the whole file)" : pathText(path);
}
