import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * Cuts out of a vendor's OpenAPI description what a connector asks for: parameters, bodies and the shape of answers, without
 * prose. `node scripts/api-descriptions.ts <description.json> <where it comes from> <out.json> "GET /path" …`; the tests
 * hold the connectors and the servers that stand for the vendors against the result.
 */

/** Objects within objects of an answer; what lies deeper is not looked at. */
const ANSWER_DEPTH = 2;
const BODY_DEPTH = 10;

/** What a value must be; prose, examples and extensions are left out. */
const KEPT = [
  "type",
  "format",
  "enum",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "pattern",
  "nullable",
  "required",
] as const;

interface Node {
  [key: string]: unknown;
}

const [file = "", source = "", out = "", ...wanted] = process.argv.slice(2);
const document = JSON.parse(readFileSync(file, "utf8")) as Node;
const operations = Object.fromEntries(wanted.map((name) => [name, operation(name)]));
const { title, version } = document["info"] as Node;
writeFileSync(out, `${JSON.stringify({ source, file: basename(file), title, version, operations })}\n`);

function operation(name: string): Node {
  const [method = "", path = ""] = name.split(" ");
  const item = (document["paths"] as Node)[path] as Node | undefined;
  const found = item?.[method.toLowerCase()] as Node | undefined;
  if (item === undefined || found === undefined) throw new Error(`${file} has no ${name}`);
  const parameters = [...((item["parameters"] as Node[]) ?? []), ...((found["parameters"] as Node[]) ?? [])]
    .map(resolve)
    .map((it) => ({
      name: it["name"],
      in: it["in"],
      ...(it["required"] === true ? { required: true } : {}),
      ...(it["style"] === "deepObject" ? { deep: true } : {}),
      schema: shape((it["schema"] as Node) ?? {}, 4),
    }));
  const body = schemaOf(resolve((found["requestBody"] as Node) ?? {}));
  const responses = (found["responses"] as Record<string, Node>) ?? {};
  const answer = schemaOf(resolve(responses["200"] ?? responses["default"] ?? {}));
  return {
    parameters,
    ...(body === undefined ? {} : { body: shape(body, BODY_DEPTH) }),
    ...(answer === undefined ? {} : { answer: shape(answer, ANSWER_DEPTH) }),
  };
}

function schemaOf(holder: Node): Node | undefined {
  const content = (holder["content"] as Record<string, Node>) ?? {};
  const media = content["application/json"] ?? Object.values(content)[0];
  return media?.["schema"] as Node | undefined;
}

function shape(schema: Node, depth: number): Node {
  const node = resolve(schema);
  const kept: Node = {};
  for (const key of KEPT) if (node[key] !== undefined) kept[key] = node[key];
  if (node["properties"] !== undefined) {
    if (depth === 0) return kept["type"] === undefined ? {} : { type: kept["type"], nullable: kept["nullable"] };
    const inner = Object.entries(node["properties"] as Record<string, Node>);
    kept["properties"] = Object.fromEntries(inner.map(([key, value]) => [key, shape(value, depth - 1)]));
  }
  if (node["items"] !== undefined) kept["items"] = depth === 0 ? {} : shape(node["items"] as Node, depth);
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const options = node[key] as Node[] | undefined;
    if (options !== undefined && depth > 0) kept[key] = options.map((option) => shape(option, depth - 1));
  }
  return kept;
}

function resolve(node: Node): Node {
  let found = node;
  while (typeof found["$ref"] === "string") {
    const keys = found["$ref"].replace(/^#\//, "").split("/");
    found = keys.reduce<Node>((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")] as Node, document);
  }
  return found;
}
