import { snakeCase } from "../file-source/stream-name.ts";
import { draftAuth } from "./openapi-auth.ts";
import { answerSchema, type Node, type OpenApiDocument, openApiDocument, propertiesOf } from "./openapi-document.ts";
import { draftPagination } from "./openapi-paging.ts";
import { restOptions } from "./rest-options.ts";

export interface ImportedApi {
  /** Options of `rest_api`, to be looked through by a person. */
  options: Record<string, unknown>;
  /** What a person has to decide, and what was left out and why. */
  notes: string[];
}

interface Draft {
  path: string;
  stream: Record<string, unknown>;
}

/** Keys that commonly hold what an answer is about. */
const USUAL = ["data", "items", "results", "records", "values", "entries", "objects"];
const KEYS = ["id", "uuid", "uid", "key", "guid"];
const CHANGED = [
  "updated_at",
  "updatedAt",
  "modified_at",
  "modified",
  "last_modified",
  "date_modified",
  "UpdatedDateUTC",
];
const SINCE = ["since", "updated_since", "updated_after", "modified_since", "modified_after", "modified_from"];

/** Drafts the streams of an API from its OpenAPI 3 description: each GET that answers with a list of objects. */
export function importOpenApi(description: Node): ImportedApi {
  const document = openApiDocument(description);
  const notes: string[] = [];
  const drafts = Object.keys(document.at(document.root, "paths"))
    .sort((a, b) => a.split("/").length - b.split("/").length)
    .flatMap((path) => draftStream(document, path) ?? []);
  const streams = named(drafts, notes);
  const auth = draftAuth(document);
  if (auth === undefined) notes.push("auth: the description does not say how requests are authorised");
  const server = String(document.listAt(document.root, "servers")[0]?.["url"] ?? "");
  if (!/^https?:/.test(server)) notes.push("base_url: the description names no address: fill it in");
  const base_url = /^https?:/.test(server) ? server.replace(/\/$/, "") : "https://api.example.com";
  const options = { base_url, ...(auth === undefined ? {} : { auth }), streams };
  return { options: withoutInvalid(options, notes), notes };
}

function draftStream(document: OpenApiDocument, path: string): Draft | undefined {
  const item = document.at(document.root, "paths", path);
  const operation = document.at(item, "get");
  const schema = answerSchema(document, operation);
  const found = schema === undefined ? undefined : findRecords(document, schema);
  if (schema === undefined || found === undefined) return undefined;
  const parameters = [...document.listAt(item, "parameters"), ...document.listAt(operation, "parameters")];
  const query = parameters.filter((one) => one["in"] === "query");
  const names = query.map((one) => String(one["name"]));
  const fields = Object.keys(propertiesOf(document, found.item));
  const key = keyOf(fields, path);
  const changed = CHANGED.find((name) => fields.includes(name));
  const since = SINCE.find((name) => names.includes(name));
  const summary = operation["summary"] ?? operation["operationId"];
  const answer = Object.keys(propertiesOf(document, schema));
  return {
    path,
    stream: {
      ...(typeof summary === "string" ? { description: summary.trim() } : {}),
      path,
      records: found.at,
      ...(key === undefined ? {} : { primary_key: [key] }),
      ...(changed === undefined || since === undefined ? {} : { cursor: { field: changed, param: since } }),
      ...draftPagination(query, { answer, key }),
    },
  };
}

/** `id` and the like, or what the thing is called with it: `InvoiceID` of /Invoices. */
function keyOf(fields: readonly string[], path: string): string | undefined {
  const thing = path.split("/").at(-1) ?? "";
  const one = thing.replace(/ies$/i, "y").replace(/s$/i, "");
  return [...KEYS, `${one}ID`, `${one}Id`, `${one}_id`].find((name) => fields.includes(name));
}

/** Where the list is and what it holds. */
function findRecords(document: OpenApiDocument, schema: Node): { at: string; item: Node } | undefined {
  if (schema["type"] === "array") return asRecords(document, "", schema);
  const lists = Object.keys(propertiesOf(document, schema)).flatMap((name) => {
    const property = openApiDocument(document.root).at(propertiesOf(document, schema), name);
    return property["type"] === "array" ? (asRecords(document, name, property) ?? []) : [];
  });
  const usual = USUAL.flatMap((name) => lists.filter(({ at }) => at === name));
  const [only, second] = usual.length > 0 ? [usual[0]] : lists;
  return second === undefined ? only : undefined;
}

function asRecords(document: OpenApiDocument, at: string, list: Node): { at: string; item: Node } | undefined {
  const item = document.at(list, "items");
  return Object.keys(propertiesOf(document, item)).length === 0 ? undefined : { at, item };
}

/** Streams by name; those with places in their path as children of the list that the places come from. */
function named(drafts: readonly Draft[], notes: string[]): Record<string, unknown> {
  const streams: Record<string, Record<string, unknown>> = {};
  const names = new Map<string, string>();
  for (const { path, stream } of drafts) {
    const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    const parent = places.length === 0 ? undefined : parentOf(path, names, streams);
    if (places.length > 1 || (places.length === 1 && parent === undefined)) {
      notes.push(`left out ${path}: nothing says where ${places.join(" and ")} come from`);
      continue;
    }
    const name = freeName(path, streams);
    names.set(path, name);
    const [place = ""] = places;
    streams[name] = parent === undefined ? stream : { ...stream, ...parent(place) };
  }
  for (const [name, { primary_key }] of Object.entries(streams))
    if (primary_key === undefined)
      notes.push(`streams.${name}: no field looks like its key; it is replaced in each run`);
  return streams;
}

/** `/boards/{id}/cards` belongs to `/boards`, whose key fills the place. */
function parentOf(
  path: string,
  names: ReadonlyMap<string, string>,
  streams: Readonly<Record<string, Record<string, unknown>>>,
): ((place: string) => object) | undefined {
  const list = /^(.*)\/\{\w+\}\/[^{}]+$/.exec(path)?.[1];
  const stream = list === undefined ? undefined : names.get(list);
  const [key] = (stream === undefined ? undefined : (streams[stream]?.["primary_key"] as string[] | undefined)) ?? [];
  if (stream === undefined || key === undefined) return undefined;
  // `{id}` says nothing of the parent, and is what the child calls its own key.
  const column = (place: string) => (snakeCase(place) === snakeCase(key) ? `${stream}_${key}` : snakeCase(place));
  return (place) => ({ parent: { stream, keys: { [place]: key }, include: { [column(place)]: key } } });
}

function freeName(path: string, taken: object): string {
  const words = path.split("/").filter((part) => part !== "" && !part.includes("{") && !/^(v\d+|api.*)$/.test(part));
  const name = snakeCase(words.join("_")) || "stream";
  const usable = /^[a-z]/.test(name) ? name.slice(0, 60) : `list_${name}`.slice(0, 60);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? usable : `${usable}_${number}`;
    if (!Object.hasOwn(taken, candidate)) return candidate;
  }
}

/** What the engine would refuse is left out, and said. */
function withoutInvalid(options: Record<string, unknown>, notes: string[]): Record<string, unknown> {
  const issues = restOptions().safeParse(options).error?.issues ?? [];
  const streams = { ...(options["streams"] as Record<string, unknown>) };
  for (const { path, message } of issues) {
    const name = path[0] === "streams" && path.length > 1 ? String(path[1]) : undefined;
    notes.push(`${path.join(".")}: ${message}`);
    if (name !== undefined) delete streams[name];
  }
  return { ...options, streams };
}
