import { readFileSync } from "node:fs";
import { z } from "zod";
import type { SeenRequest } from "../harness/http-server.ts";

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  deep?: boolean;
  schema: Schema;
}

interface Operation {
  parameters: Parameter[];
  body?: Schema;
  answer?: Schema;
}

/** What a vendor has published of its API, as far as a connector uses it. */
export interface Description {
  /** What the vendor would refuse of a request; empty when nothing. `given` are credentials that may go another way. */
  refusals(request: SeenRequest, given?: readonly string[]): string[];
  /** What an answer has that the vendor's would not. */
  inventions(request: SeenRequest, answer: unknown): string[];
}

/** Made by `scripts/api-descriptions.ts`. `base` is what comes before the description's paths. */
export function descriptionOf(vendor: string, base = ""): Description {
  const file = new URL(`./descriptions/${vendor}.json`, import.meta.url);
  const operations = operationsIn(file);
  const find = (request: SeenRequest) => findOperation(operations, request, base);
  return {
    refusals(request, given = []) {
      const operation = find(request);
      if (operation === undefined) return [`there is no ${request.method} ${request.path}`];
      return [...queryProblems(operation, request, given), ...bodyProblems(operation, request)];
    },
    inventions(request, answer) {
      const schema = find(request)?.answer;
      return schema === undefined ? [] : inventions(answer, schema, "");
    },
  };
}

const read = new Map<string, Record<string, Operation>>();

function operationsIn(file: URL): Record<string, Operation> {
  const known = read.get(file.href);
  if (known !== undefined) return known;
  const { operations } = JSON.parse(readFileSync(file, "utf8")) as { operations: Record<string, Operation> };
  read.set(file.href, operations);
  return operations;
}

function findOperation(
  operations: Record<string, Operation>,
  { method, path }: SeenRequest,
  base: string,
): Operation | undefined {
  if (!path.startsWith(base)) return undefined;
  const rest = path.slice(base.length);
  const fitting = Object.entries(operations).filter(([name]) => {
    const [verb = "", template = ""] = name.split(" ");
    const parts = template.split(/\{[^}]+\}/).map((part) => part.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&"));
    return verb === method && new RegExp(`^${parts.join("[^/]+")}/?$`).test(rest);
  });
  // The one with the fewest places is the one that is meant: /users/me before /users/{id}.
  return fitting.sort(([a], [b]) => a.split("{").length - b.split("{").length)[0]?.[1];
}

function queryProblems({ parameters }: Operation, { query }: SeenRequest, given: readonly string[]): string[] {
  const known = parameters.filter((parameter) => parameter.in === "query");
  const problems: string[] = [];
  for (const key of new Set(query.keys())) {
    const plain = known.find(({ name }) => name === key);
    const deep = known.find(
      ({ name, deep, schema }) => (deep || schema.type === "array") && key.startsWith(`${name}[`),
    );
    if (plain === undefined && deep === undefined) problems.push(`the parameter ${key} is not known`);
    else if (plain !== undefined) problems.push(...valueProblems(plain, query.getAll(key)));
  }
  const missing = known.filter(({ name, required }) => required && !query.has(name) && !given.includes(name));
  return [...problems, ...missing.map(({ name }) => `the parameter ${name} is missing`)];
}

function valueProblems({ name, schema }: Parameter, values: readonly string[]): string[] {
  const inner = schema.type === "array" ? (schema.items ?? {}) : schema;
  const texts = schema.type === "array" ? values.flatMap((value) => value.split(",")) : values;
  return texts.flatMap((text) => schemaProblems(inner, typed(text, inner), name));
}

/** A parameter's text as the type that it is meant to be. */
function typed(text: string, { type, anyOf }: Schema): unknown {
  if (anyOf !== undefined) return anyOf.some((one) => one.type === "integer") ? typed(text, { type: "integer" }) : text;
  if ((type === "integer" || type === "number") && text.trim() !== "" && Number.isFinite(Number(text)))
    return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function bodyProblems({ body }: Operation, request: SeenRequest): string[] {
  if (body === undefined) return request.body === "" ? [] : ["a body is not taken"];
  if (request.body === "") return [];
  const given: unknown = JSON.parse(request.body);
  return [...schemaProblems(body, given, "the body"), ...inventions(given, body, "the body")];
}

function schemaProblems(schema: Schema, value: unknown, what: string): string[] {
  const parsed = parserOf(schema).safeParse(value);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${[what, ...path].join(".")}: ${message}`);
}

/** Fields that the description does not have, and values of another type. */
function inventions(value: unknown, schema: Schema, at: string): string[] {
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) {
    const each = options.map((option) => inventions(value, option, at));
    return each.find((found) => found.length === 0) ?? each[0] ?? [];
  }
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) {
    if (schema.type !== undefined && schema.type !== "array") return [`${at} is a list, not ${schema.type}`];
    return value.flatMap((item) => inventions(item, schema.items ?? {}, `${at}[]`));
  }
  if (typeof value !== "object") return isOfType(value, schema.type) ? [] : [`${at} is not of type ${schema.type}`];
  const properties = propertiesOf(schema);
  if (Object.keys(properties).length === 0) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = properties[key];
    return own === undefined ? [`${at}.${key} is not known`] : inventions(inner, own, `${at}.${key}`);
  });
}

function propertiesOf({ properties = {}, allOf = [] }: Schema): Record<string, Schema> {
  return Object.assign({}, ...allOf.map(propertiesOf), properties);
}

function isOfType(value: unknown, type: string | undefined): boolean {
  if (type === undefined) return true;
  if (type === "integer" || type === "number") return typeof value === "number";
  return type === typeof value;
}

const parsers = new WeakMap<Schema, z.ZodType>();

/** Made once for each schema: making one takes longer than using it a thousand times. */
function parserOf(schema: Schema): z.ZodType {
  const known = parsers.get(schema);
  if (known !== undefined) return known;
  const made = z.fromJSONSchema(schema as never, { defaultTarget: "openapi-3.0" });
  parsers.set(schema, made);
  return made;
}
