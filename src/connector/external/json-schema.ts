import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** What a JSON Schema says of a property's values. */
export interface PropertyType {
  /** A type of the destination, or of what is asked for when no value has said better. */
  type: string;
  /** The values' own form decides: `format: date-time` is written with offsets by some programs and without by others. */
  byValue: boolean;
  nullable: boolean;
}

const MAX_NUMERIC_PRECISION = 1000;
const MAX_DEPTH = 20;

/** The properties of a stream's schema, in its order. */
export function propertyTypes(schema: JsonValue | undefined): Map<string, PropertyType> {
  const root = isJsonObject(schema ?? null) ? (schema as JsonObject) : {};
  const { properties } = mergedSchema(root, root);
  const types = new Map<string, PropertyType>();
  if (!isJsonObject(properties ?? null)) return types;
  for (const [name, property] of Object.entries(properties as JsonObject)) {
    const kinds = new Set<string>();
    collectKinds(property, root, kinds, 0);
    types.set(name, propertyType(kinds));
  }
  return types;
}

/** `kinds` are types of the destination, with `null` and `any` besides, and `date-time` for what values decide. */
function propertyType(kinds: ReadonlySet<string>): PropertyType {
  const nullable = kinds.has("null") || kinds.has("any");
  const named = [...kinds].filter((kind) => kind !== "null" && kind !== "any");
  if (named.length === 0 || kinds.has("any")) return { type: "jsonb", byValue: true, nullable: true };
  if (named.includes("jsonb")) return { type: "jsonb", byValue: false, nullable };
  const [first = "text"] = named;
  if (named.length === 1)
    return first === "date-time"
      ? { type: "timestamptz", byValue: true, nullable }
      : { type: first, byValue: false, nullable };
  if (named.every((kind) => kind === "bigint" || kind.startsWith("numeric")))
    return { type: "numeric", byValue: false, nullable };
  const areTimes = named.every((kind) => kind === "date-time" || kind === "date");
  return { type: areTimes ? "timestamptz" : "text", byValue: areTimes, nullable };
}

function collectKinds(property: JsonValue | undefined, root: JsonObject, kinds: Set<string>, depth: number): void {
  if (!isJsonObject(property ?? null) || depth > MAX_DEPTH) {
    kinds.add("any");
    return;
  }
  const schema = mergedSchema(property as JsonObject, root);
  const branches = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])];
  for (const branch of branches) collectKinds(branch, root, kinds, depth + 1);
  if (schema["nullable"] === true) kinds.add("null");
  const types = typeof schema["type"] === "string" ? [schema["type"]] : listOf(schema["type"]);
  for (const type of types) kinds.add(kindOf(type, schema));
  if (types.length > 0 || branches.length > 0) return;
  const values = "const" in schema ? [schema["const"]] : listOf(schema["enum"]);
  for (const value of values) kinds.add(kindOf(typeOfValue(value), schema));
  if (values.length === 0) kinds.add(isJsonObject(schema["properties"] ?? null) ? "jsonb" : "any");
}

/** A part of a schema with what it refers to in its root, and with all of its `allOf`. */
export function mergedSchema(schema: JsonObject, root: JsonObject): JsonObject {
  const { $ref, allOf, ...own } = schema;
  let all: JsonObject = {};
  const parts = [typeof $ref === "string" && schema !== root ? lookUp($ref, root) : undefined, ...listOf(allOf)];
  for (const part of parts) {
    if (!isJsonObject(part ?? null)) continue;
    const inner = part === schema ? {} : (part as JsonObject);
    const resolved = typeof inner["$ref"] === "string" ? lookUp(inner["$ref"], root) : inner;
    if (!isJsonObject(resolved ?? null)) continue;
    all = { ...all, ...(resolved as JsonObject), ...bothProperties(all, resolved as JsonObject) };
  }
  return { ...all, ...own, ...bothProperties(all, own) };
}

function bothProperties(a: JsonObject, b: JsonObject): JsonObject {
  if (!isJsonObject(a["properties"] ?? null) || !isJsonObject(b["properties"] ?? null)) return {};
  return { properties: { ...(a["properties"] as JsonObject), ...(b["properties"] as JsonObject) } };
}

/** `#/definitions/address`, within the schema. */
function lookUp(pointer: string, root: JsonObject): JsonValue | undefined {
  if (!pointer.startsWith("#/")) return undefined;
  let at: JsonValue | undefined = root;
  for (const part of pointer.slice(2).split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at ?? null) ? (at as JsonObject)[key] : undefined;
  }
  return at;
}

function kindOf(type: JsonValue | undefined, schema: JsonObject): string {
  switch (type) {
    case "null":
    case "boolean":
      return type;
    case "integer":
      return integerType(schema);
    case "number":
      return numberType(schema);
    case "object":
    case "array":
      return "jsonb";
    case "string":
      return stringType(schema);
    default:
      return "any";
  }
}

function integerType(schema: JsonObject): string {
  const bounds = [schema["maximum"], schema["minimum"]].map(Number);
  return bounds.some((bound) => Math.abs(bound) > 2 ** 63) ? "numeric" : "bigint";
}

/** `multipleOf: 0.01` are decimals of two places; a maximum says how many digits stand before them. */
function numberType(schema: JsonObject): string {
  const scale = decimalPlaces(schema["multipleOf"]);
  const whole = wholeDigits(schema);
  if (scale === undefined || whole === undefined || scale + whole > MAX_NUMERIC_PRECISION) return "numeric";
  return `numeric(${Math.max(1, scale + whole)},${scale})`;
}

function decimalPlaces(multipleOf: JsonValue | undefined): number | undefined {
  const step = Number(multipleOf ?? Number.NaN);
  if (!(step > 0)) return undefined;
  const places = Math.round(-Math.log10(step));
  const isPower = Math.abs(10 ** -places - step) <= step * 1e-9;
  return isPower && places >= 0 ? places : undefined;
}

/** Digits before the point of the greatest value that is allowed; `maximum: 1e8` is exclusive in most programs' minds. */
function wholeDigits(schema: JsonObject): number | undefined {
  const exclusive = schema["exclusiveMaximum"];
  const bound = Number(typeof exclusive === "number" ? exclusive : (schema["maximum"] ?? Number.NaN));
  const low = Number(
    typeof schema["exclusiveMinimum"] === "number" ? schema["exclusiveMinimum"] : (schema["minimum"] ?? -bound),
  );
  if (!Number.isFinite(bound) || !Number.isFinite(low)) return undefined;
  const greatest = Math.max(Math.abs(bound), Math.abs(low));
  if (greatest < 1) return 0;
  const digits = Math.floor(Math.log10(greatest)) + 1;
  return exclusive !== undefined && exclusive !== false && 10 ** (digits - 1) === greatest ? digits - 1 : digits;
}

function stringType({ format }: JsonObject): string {
  return format === "date-time" || format === "date" ? format : "text";
}

function typeOfValue(value: JsonValue | undefined): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
