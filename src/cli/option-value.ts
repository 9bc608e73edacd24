import { toJSONSchema, type z } from "zod";
import type { Connector } from "../connector/define-connector.ts";
import { didYouMean } from "../core/did-you-mean.ts";
import { SluiceError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { JsonSyntaxError, parseJsonText, placeInText } from "../workspace/json-text.ts";

/** The value in the form that the connector's own schema takes: text, JSON, a list of what was given. */
export function optionValue(key: string, values: readonly string[], connector: Connector | undefined): JsonValue {
  if (connector === undefined) return looseValue(values);
  const { shape } = connector.options;
  const field = shape[key];
  if (field === undefined) {
    const known = Object.keys(shape);
    const message = `${connector.name} has no option "${key}".${didYouMean(key, known)} It has: ${known.join(", ")}.`;
    throw new SluiceError("usage", message);
  }
  const [only] = values;
  if (values.length === 1) {
    const nested = nestedValue(key, only as string, field);
    if (nested !== undefined) return nested;
  }
  const single = values.length === 1 ? [only as string, parsed(only as string)] : [];
  const forms: JsonValue[] = [...single, [...values], values.map(parsed)];
  return forms.find((form) => field.safeParse(form).success) ?? forms[0] ?? null;
}

/** As JSON where it is that, else as text; several as a list. */
export function looseValue(values: readonly string[]): JsonValue {
  return values.length === 1 ? parsed(values[0] as string) : values.map(parsed);
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** A list or an object that is written as JSON, where the option may be one; undefined for what is a text. */
function nestedValue(key: string, text: string, field: z.core.$ZodType): JsonValue | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const kinds = kindsOf(field);
  const value = parsed(text);
  if (kinds.has("string")) {
    const kind = Array.isArray(value) ? "array" : "object";
    return typeof value !== "string" && kinds.has(kind) ? value : undefined;
  }
  if (!kinds.has("array") && !kinds.has("object")) return undefined;
  if (typeof value === "string") throw brokenJson(key, text);
  return value;
}

function brokenJson(key: string, text: string): SluiceError {
  try {
    parseJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = placeInText(text, error.offset);
    const place = text.includes("\n") ? `line ${line}, character ${column}` : `character ${column}`;
    const seen = text.slice(Math.max(0, error.offset - 20), error.offset);
    const after = seen === "" ? "" : `, after ${seen.replaceAll("\n", " ")}`;
    const message = `reading --option ${key}: its value is not valid JSON at ${place}${after}: ${error.message}. Nothing was changed. Mend that place; the shell takes away quotes that are not within '…'.`;
    return new SluiceError("usage", message, { cause: error });
  }
  return new SluiceError("usage", `reading --option ${key}: its value is not valid JSON. Nothing was changed.`);
}

/** The part of a JSON schema that says which kinds of values there may be. */
interface Described {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Described[];
  oneOf?: Described[];
  allOf?: Described[];
  $ref?: string;
  $defs?: Record<string, Described>;
}

const ANY = ["string", "array", "object"];

function kindsOf(field: z.core.$ZodType): Set<string> {
  const root = toJSONSchema(field, { io: "input", unrepresentable: "any" }) as Described;
  return new Set(kindsIn(root, root, new Set()));
}

function kindsIn(part: Described, root: Described, seen: Set<Described>): string[] {
  if (seen.has(part)) return [];
  seen.add(part);
  if (part.$ref !== undefined) {
    const named = part.$ref === "#" ? root : root.$defs?.[part.$ref.replace("#/$defs/", "")];
    return named === undefined ? ANY : kindsIn(named, root, seen);
  }
  if (part.type !== undefined) return [part.type].flat();
  const alternatives = part.anyOf ?? part.oneOf ?? part.allOf;
  if (alternatives !== undefined) return alternatives.flatMap((each) => kindsIn(each, root, seen));
  const values = part.enum ?? ("const" in part ? [part.const] : undefined);
  return values === undefined ? ANY : values.map((value) => typeof value);
}
