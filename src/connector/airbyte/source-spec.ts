import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { mergedSchema } from "../external/json-schema.ts";
import { type SecretField, secretFields, wordsOf } from "./spec-secrets.ts";

/** Deeper ones are taken as they are: nobody writes such a config by hand, and a schema may refer to itself. */
const MAX_DEPTH = 12;

/** What a source's specification says of its config: as a schema, and which of its fields are secret. */
export interface SourceSpec {
  /** Fields that it does not know are allowed, as sources allow them. Secret ones are in it too. */
  config: z.ZodObject;
  /** Paths of secret fields, whichever alternative they stand in: `credentials.client_secret`. */
  secrets: SecretField[];
}

/** Reads the JSON Schema of a specification. What it does not understand of it allows everything. */
export function parseSpec(connectionSpecification: unknown): SourceSpec {
  const schema = isJsonObject(connectionSpecification ?? null) ? (connectionSpecification as JsonObject) : {};
  const config = objectSchema(schema, schema, 0);
  return { config, secrets: secretFields(schema) };
}

function schemaOf(value: JsonValue | undefined, root: JsonObject, depth: number): z.ZodType {
  if (!isJsonObject(value ?? null) || depth > MAX_DEPTH) return z.unknown();
  const schema = mergedSchema(value as JsonObject, root);
  const types = [schema["type"]].flat().filter((type) => type !== "null");
  const plain = plainSchema(schema, types, { root, depth });
  const nullable = [schema["type"]].flat().includes("null") ? plain.nullable() : plain;
  return nullable.meta(metaOf(schema));
}

function plainSchema(
  schema: JsonObject,
  types: readonly (JsonValue | undefined)[],
  { root, depth }: { root: JsonObject; depth: number },
): z.ZodType {
  const alternatives = [schema["oneOf"], schema["anyOf"]].find((list) => Array.isArray(list)) as
    | JsonValue[]
    | undefined;
  if (alternatives !== undefined) return alternativesSchema(schema, alternatives, { root, depth });
  if (schema["const"] !== undefined) return literals([schema["const"]]);
  if (Array.isArray(schema["enum"])) return literals(schema["enum"]);
  if (types.length > 1)
    return z.union(types.map((type) => plainSchema({ ...schema, type: type as string }, [type], { root, depth })));
  switch (types[0] ?? (isJsonObject(schema["properties"] ?? null) ? "object" : undefined)) {
    case "string":
      return textSchema(schema);
    case "integer":
      return bounded(z.int(), schema);
    case "number":
      return bounded(z.number(), schema);
    case "boolean":
      return z.boolean();
    case "array":
      return listSchema(schema, root, depth);
    case "object":
      return objectSchema(schema, root, depth);
    default:
      return z.unknown();
  }
}

/** Alternatives that are told apart by a constant, as those of sources are, have their faults told by themselves. */
function alternativesSchema(
  schema: JsonObject,
  alternatives: readonly JsonValue[],
  { root, depth }: { root: JsonObject; depth: number },
): z.ZodType {
  const whole = alternatives.filter(isJsonObject).map((one) => joined(schema, mergedSchema(one, root)));
  const options = whole.map((one) => schemaOf(one, root, depth + 1));
  const tag = discriminator(whole);
  if (tag !== undefined && options.length > 1)
    return z.discriminatedUnion(tag, whole.map((one) => objectSchema(withTag(one, tag), root, depth + 1)) as never);
  return options.length === 1 ? (options[0] as z.ZodType) : z.union(options);
}

/** What an alternative has from the schema around it. */
function joined({ oneOf, anyOf, title, description, ...outer }: JsonObject, one: JsonObject): JsonObject {
  const required = [...listOf(outer["required"]), ...listOf(one["required"])];
  const properties = { ...objectOf(outer["properties"]), ...objectOf(one["properties"]) };
  const isObject = Object.keys(properties).length > 0;
  return { ...outer, ...one, ...(isObject ? { type: "object", properties, required } : {}) };
}

/** The field whose constant differs from alternative to alternative. */
function discriminator(alternatives: readonly JsonObject[]): string | undefined {
  const [first = {}] = alternatives;
  return Object.keys(objectOf(first["properties"])).find((key) => {
    const values = alternatives.map((one) => tagOf(one, key));
    return values.every((value) => value !== undefined) && new Set(values).size === values.length;
  });
}

function tagOf(alternative: JsonObject, key: string): JsonValue | undefined {
  const property = objectOf(objectOf(alternative["properties"])[key]);
  const { const: constant, enum: choices } = property;
  if (constant !== undefined) return constant;
  return Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined;
}

/** Some leave the constant out of what is required; nothing could be told apart without it. */
function withTag(alternative: JsonObject, tag: string): JsonObject {
  const required = [...new Set([...listOf(alternative["required"]), tag])];
  const properties = objectOf(alternative["properties"]);
  const { default: _default, ...property } = objectOf(properties[tag]);
  return { ...alternative, required, properties: { ...properties, [tag]: property } };
}

function objectSchema(schema: JsonObject, root: JsonObject, depth: number): z.ZodObject {
  const whole = mergedSchema(schema, root);
  const required = listOf(whole["required"]);
  const properties = Object.entries(objectOf(whole["properties"])).sort(byOrder);
  const shape = properties.map(([name, property]) => {
    const inner = schemaOf(property, root, depth + 1);
    const field = withStandard(inner, isJsonObject(property) ? property["default"] : undefined);
    return [name, required.includes(name) ? field : field.optional().meta(inner.meta() ?? {})];
  });
  return z.looseObject(Object.fromEntries(shape)).meta(metaOf(whole));
}

/** Sources rely on getting their standard values, as every form of theirs has them filled in. Some are none. */
function withStandard(field: z.ZodType, value: JsonValue | undefined): z.ZodType {
  if (value === undefined || !field.safeParse(value).success) return field;
  return field.default(value as never).meta(field.meta() ?? {});
}

/** As the source's authors would have a form go. */
function byOrder([, a]: [string, JsonValue], [, b]: [string, JsonValue]): number {
  const order = (value: JsonValue) => Number(objectOf(value)["order"] ?? Number.MAX_SAFE_INTEGER);
  return order(a) - order(b);
}

function listSchema(schema: JsonObject, root: JsonObject, depth: number): z.ZodType {
  const list = z.array(schemaOf(schema["items"], root, depth + 1));
  const { minItems, maxItems } = schema;
  const atLeast = typeof minItems === "number" ? list.min(minItems) : list;
  return typeof maxItems === "number" ? atLeast.max(maxItems) : atLeast;
}

function textSchema(schema: JsonObject): z.ZodType {
  const { pattern, pattern_descriptor: wanted, minLength } = schema;
  const text = typeof minLength === "number" ? z.string().min(minLength) : z.string();
  const expression = typeof pattern === "string" ? expressionOf(pattern) : undefined;
  if (expression === undefined) return text;
  return text.regex(expression, `must look like ${typeof wanted === "string" ? wanted : String(pattern)}`);
}

/** Specifications are written for other languages: an expression that is none here checks nothing. */
function expressionOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

function bounded(number: z.ZodNumber, { minimum, maximum }: JsonObject): z.ZodType {
  const atLeast = typeof minimum === "number" ? number.min(minimum) : number;
  return typeof maximum === "number" ? atLeast.max(maximum) : atLeast;
}

function literals(values: readonly JsonValue[]): z.ZodType {
  const plain = values.filter(
    (value) => typeof value === "string" || typeof value === "number" || typeof value === "boolean",
  );
  if (plain.length < values.length || plain.length === 0) return z.unknown();
  return plain.every((value) => typeof value === "string") ? z.enum(plain) : z.literal(plain);
}

function metaOf(schema: JsonObject): { description?: string; default?: JsonValue } {
  const { default: standard } = schema;
  const said = wordsOf(schema);
  return { ...(said === "" ? {} : { description: said }), ...(standard === undefined ? {} : { default: standard }) };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value ?? null) ? (value as JsonObject) : {};
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
