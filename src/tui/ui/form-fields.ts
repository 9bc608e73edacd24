import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { schemaProblems } from "../../core/schema-problems.ts";

/** One line of a form. */
export interface FormField {
  /** The path in one word: `schema.options.auth.type`. */
  key: string;
  /** As people see it: `auth.type`. */
  label: string;
  /** Where the value goes in the object that the form makes. */
  path: readonly string[];
  /** The schema's own description. */
  help: string;
  isRequired: boolean;
  isSecret: boolean;
  /** Too much for a line: it is shown in a few words and written as JSON in an editor. */
  isRaw: boolean;
  /** What can be chosen; undefined for free text. The empty choice, where it is allowed, leaves the field out. */
  choices: readonly string[] | undefined;
  /** What stands when nothing is given, as text. */
  fallback: string;
  schema: z.ZodType;
}

export interface FieldPlace {
  isSecret?: boolean;
  /** Where the object of the schema stands in what the form makes. */
  prefix?: readonly string[];
  /** Where the field stands in that object. */
  path?: readonly string[];
  isRequired?: boolean;
  /** Alternatives that a field tells apart are shown as fields too: that one, then those of all of them. */
  areAlternativesFields?: boolean;
}

/** Objects in objects in objects are written as JSON. */
const MOST_NESTED = 2;

/**
 * The fields of an object schema, in its order; those of objects in it follow with their path. Throws what a schema
 * throws that cannot even say its fields.
 */
export function formFields(schema: z.ZodObject, place: FieldPlace = {}): FormField[] {
  const { isRequired = true, path = [] } = place;
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
    const at = { ...place, path: [...path, key], isRequired: isRequired && !accepts(field, undefined) };
    if (at.path.length >= MOST_NESTED) return [fieldOf(field, at)];
    const inner = objectIn(field);
    if (inner !== undefined && Object.keys(inner.shape).length > 0) return formFields(inner, at);
    const alternatives = place.areAlternativesFields === true ? alternativesIn(field) : undefined;
    return alternatives === undefined ? [fieldOf(field, at)] : alternativeFields(alternatives, at);
  });
}

/** What is needed depends on what is chosen: the whole is checked, not each of the fields. */
function alternativeFields({ tag, options }: Alternatives, place: FieldPlace): FormField[] {
  const tags = options.map((option) => (option.shape as Record<string, z.ZodType>)[tag] as z.ZodType);
  const choice = z.enum(tags.flatMap(wordsOfTag));
  const { path = [], isRequired = true } = place;
  const chooser = fieldOf(choice, { ...place, path: [...path, tag], isRequired });
  const seen = new Set([tag]);
  const others = options.flatMap((option, index) =>
    formFields(option, { ...place, isRequired: false }).flatMap((field) => {
      const name = field.path.slice((place.prefix ?? []).length + path.length).join(".");
      if (seen.has(name)) return [];
      seen.add(name);
      const words = wordsOfTag(tags[index] as z.ZodType).join(" or ");
      return [{ ...field, isRequired: false, help: `With ${tag} ${words}. ${field.help}`.trim() }];
    }),
  );
  return [chooser, ...others];
}

function wordsOfTag(schema: z.ZodType): string[] {
  const { const: only, enum: several } = describe(schema);
  return [only, several]
    .flat()
    .filter((word) => word !== undefined)
    .map(String);
}

interface Alternatives {
  /** The field whose value tells them apart. */
  tag: string;
  options: z.ZodObject[];
}

/** Looking through `optional`, `default` and the like; undefined for what is no list of objects with a tag. */
function alternativesIn(schema: z.ZodType): Alternatives | undefined {
  const { discriminator: tag, options } = plainDef(schema);
  if (typeof tag !== "string" || !Array.isArray(options)) return undefined;
  const objects = options.map(objectIn);
  return objects.every((option) => option !== undefined) ? { tag, options: objects } : undefined;
}

/** The field of one schema. */
export function fieldOf(schema: z.ZodType, place: FieldPlace): FormField {
  const { isSecret = false, prefix = [], path = [], isRequired = true } = place;
  const described = describe(schema);
  const choices = choicesOf(described);
  const whole = [...prefix, ...path];
  return {
    ...{ key: whole.join("."), label: path.join("."), path: whole, isRequired, isSecret, schema },
    help: schema.description ?? described.description ?? "",
    isRaw: choices === undefined && !isLine(described),
    choices: choices === undefined || isRequired ? choices : ["", ...choices],
    fallback: described.default === undefined ? "" : fieldText(described.default),
  };
}

/** The text of a field as the value that its schema takes: itself, JSON, or a list. Undefined for an empty field. */
export function fieldValue({ schema, isSecret }: FormField, text: string): JsonValue | undefined {
  if (text === "") return undefined;
  if (isSecret) return text;
  const list = text.split(",").map((part) => part.trim());
  const forms: JsonValue[] = [text, parsed(text), list, list.map(parsed)];
  return forms.find((form) => accepts(schema, form)) ?? parsed(text);
}

/** A value as a person would write it into a field. */
export function fieldText(value: JsonValue): string {
  if (typeof value === "string") return value;
  const isPlainList = Array.isArray(value) && value.every((each) => typeof each === "string" && !each.includes(","));
  return isPlainList && value.length > 1 ? value.join(", ") : JSON.stringify(value);
}

/** A value of a raw field in a few words: `3 entries: contacts, deals, notes`. */
export function rawSummary(text: string): string {
  if (text === "") return "";
  const value = parsed(text);
  if (!isJsonObject(value) && !Array.isArray(value)) return text;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  const count = Array.isArray(value) ? value.length : keys.length;
  return `${count === 1 ? "1 entry" : `${count} entries`}${keys.length === 0 ? "" : `: ${keys.join(", ")}`}`;
}

/** What is wrong with a field's text, for the line under it. */
export function fieldProblem(field: FormField, text: string): string | undefined {
  const value = fieldValue(field, text);
  if (value === undefined) return field.isRequired ? "is needed" : undefined;
  try {
    const problems = schemaProblems(field.schema, value);
    return problems.length === 0 ? undefined : problems.map(({ path, message }) => sentence(path, message)).join(" ");
  } catch (error) {
    return `could not be checked: the connector's own rule failed (${error instanceof Error ? error.message : String(error)}).`;
  }
}

/** What stands at a path of an object. */
export function valueAt(object: JsonObject, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (value, key) => (isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    object,
  );
}

/** The object with another value at a path; undefined takes it out, and so the objects that are empty without it. */
export function withValue(object: JsonObject, path: readonly string[], value: JsonValue | undefined): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const held = object[key];
  const inner = rest.length === 0 ? value : withValue(isJsonObject(held) ? held : {}, rest, value);
  const { [key]: _old, ...others } = object;
  const isEmptied = inner === undefined || (rest.length > 0 && isJsonObject(inner) && Object.keys(inner).length === 0);
  if (isEmptied) return others;
  return Object.hasOwn(object, key) ? { ...object, [key]: inner } : { ...others, [key]: inner };
}

/** A rule of a connector may throw; then the value is not one that it takes. */
export function accepts(schema: z.ZodType, value: unknown): boolean {
  try {
    return schema.safeParse(value).success;
  } catch {
    return false;
  }
}

function sentence(path: string, message: string): string {
  return path === "(the whole file)" ? message : `${path} ${message}`;
}

interface Described {
  type?: unknown;
  enum?: unknown;
  const?: unknown;
  items?: Described;
  anyOf?: Described[];
  default?: JsonValue;
  description?: string;
  $ref?: string;
}

function describe(field: z.ZodType): Described {
  try {
    return z.toJSONSchema(field, { io: "input", unrepresentable: "any" }) as Described;
  } catch {
    return {};
  }
}

function choicesOf(described: Described): string[] | undefined {
  if (described.type === "boolean") return ["true", "false"];
  return Array.isArray(described.enum) ? described.enum.map(String) : undefined;
}

/** Whether a value can be written on one line: texts, numbers and lists of them. */
function isLine({ type, items, anyOf, $ref, ...rest }: Described): boolean {
  if ($ref !== undefined || type === "object" || "oneOf" in rest || "allOf" in rest) return false;
  if (type === "array") return items === undefined || (items.type !== "array" && isLine(items));
  return anyOf === undefined || anyOf.every(isLine);
}

/** The object that a schema is, looking through `optional`, `default` and the like; undefined for any other kind. */
function objectIn(schema: z.ZodType): z.ZodObject | undefined {
  const inner = plainSchema(schema);
  return (inner as { def?: { type?: string } }).def?.type === "object" ? (inner as z.ZodObject) : undefined;
}

function plainDef(schema: z.ZodType): { discriminator?: unknown; options?: z.ZodType[] } {
  return (plainSchema(schema) as { def?: object }).def ?? {};
}

function plainSchema(schema: z.ZodType): unknown {
  let inner: unknown = schema;
  for (;;) {
    const { def } = inner as { def?: { type?: string; innerType?: unknown } };
    if (def?.type === "object" || def?.innerType === undefined) return inner;
    inner = def.innerType;
  }
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
