import { isJsonObject } from "../../core/json.ts";

/** A part of an OpenAPI description, with its references followed as they are met. */
export type Node = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  root: Node;
  /** What a key of a node leads to, behind references; an empty node when there is nothing. */
  at(node: Node, ...keys: string[]): Node;
  /** The same for a list. */
  listAt(node: Node, key: string): Node[];
}

/** References that lead nowhere, or in a circle, are empty nodes. */
const MOST_STEPS = 20;

export function openApiDocument(root: Node): OpenApiDocument {
  const resolve = (node: unknown): Node => {
    let found = node;
    for (let step = 0; isJsonObject(found) && typeof found["$ref"] === "string" && step < MOST_STEPS; step++)
      found = follow(root, found["$ref"]);
    return isJsonObject(found) ? found : {};
  };
  const at: OpenApiDocument["at"] = (node, ...keys) =>
    keys.reduce<Node>((inner, key) => resolve(inner[key]), resolve(node));
  return {
    root,
    at,
    listAt: (node, key) => (Array.isArray(node[key]) ? (node[key] as unknown[]).map(resolve) : []),
  };
}

function follow(root: Node, reference: string): unknown {
  if (!reference.startsWith("#/")) return undefined;
  const keys = reference.slice(2).split("/");
  return keys.reduce<unknown>(
    (found, key) => (isJsonObject(found) ? found[key.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined),
    root,
  );
}

/** The schema of the JSON that an operation answers with. */
export function answerSchema(document: OpenApiDocument, operation: Node): Node | undefined {
  const responses = document.at(operation, "responses");
  const status = Object.keys(responses).find((key) => /^2\d\d$/.test(key)) ?? "default";
  const content = document.at(responses, status, "content");
  const media = Object.keys(content).find((type) => /json/.test(type));
  return media === undefined ? undefined : document.at(content, media, "schema");
}

/** Properties of a schema, of all that it is made of too. */
export function propertiesOf(document: OpenApiDocument, schema: Node): Node {
  const parts = document.listAt(schema, "allOf").map((part) => propertiesOf(document, part));
  return Object.assign({}, ...parts, document.at(schema, "properties"));
}
