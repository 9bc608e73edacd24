import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { mergedSchema } from "../external/json-schema.ts";

/** Deeper ones are not looked for: a schema may refer to itself. */
const MAX_DEPTH = 12;

/** A field of a config that is marked as secret. */
export interface SecretField {
  path: string[];
  /** Whatever else is chosen in the config. */
  isRequired: boolean;
  description: string;
}

/** The secret fields of a specification, those of all alternatives. */
export function secretFields(root: JsonObject): SecretField[] {
  const found = new Map<string, SecretField>();
  collect({ schema: mergedSchema(root, root), root, path: [], isRequired: true, found });
  return [...found.values()];
}

interface Search {
  schema: JsonObject;
  root: JsonObject;
  path: string[];
  isRequired: boolean;
  found: Map<string, SecretField>;
}

function collect({ schema, root, path, isRequired, found }: Search): void {
  if (path.length > MAX_DEPTH) return;
  const required = listOf(schema["required"]);
  const { properties } = schema;
  for (const [name, property] of Object.entries(isJsonObject(properties ?? null) ? (properties as JsonObject) : {})) {
    if (!isJsonObject(property)) continue;
    const inner = mergedSchema(property, root);
    const at = { path: [...path, name], isRequired: isRequired && required.includes(name) };
    const key = at.path.join(".");
    const isNew = inner["airbyte_secret"] === true && !found.has(key);
    if (isNew) found.set(key, { ...at, description: wordsOf(inner) || key });
    collect({ ...at, schema: inner, root, found });
  }
  const alternatives = [...listOf(schema["oneOf"]), ...listOf(schema["anyOf"])].filter(isJsonObject);
  for (const one of alternatives) collect({ schema: mergedSchema(one, root), root, path, isRequired: false, found });
}

/** A schema's title and description, without the marks of a page. */
export function wordsOf({ title, description }: JsonObject): string {
  const texts = [title, description].filter((text) => typeof text === "string" && text !== "");
  return texts
    .join(": ")
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
