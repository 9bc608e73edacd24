import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { schemaProblems } from "../../core/schema-problems.ts";
import { ConnectorError } from "../connector-error.ts";
import { configOf } from "../external/open-program.ts";
import type { AirbyteOptions, AirbyteSecrets } from "./airbyte-options.ts";
import { CHANGED_CONFIG, withChanges } from "./changed-config.ts";
import type { SourceSpec } from "./source-spec.ts";

export interface GivenConfig {
  connection: string;
  options: AirbyteOptions;
  secrets: AirbyteSecrets;
}

const AT = ["schema", "options", "config"];

/**
 * The config that the source gets: the connection's, with its secrets, what the source itself has changed of it, and the
 * standard values of fields that cannot be left out. Throws connection_invalid with every place that is wrong.
 */
export function sourceConfig(given: GivenConfig, spec: SourceSpec): JsonObject {
  const { [CHANGED_CONFIG]: changed, ...secrets } = given.secrets;
  const own = (given.options.config ?? {}) as JsonObject;
  assertNoSecrets(given.connection, own, spec);
  const joined = typed(configOf(own, secrets), secrets, spec);
  const result = spec.config.safeParse(joined);
  if (result.success) return withChanges(result.data as JsonObject, changed);
  throw invalid(given.connection, joined, spec);
}

/** A secret is a text: where its field is to be something else, the text is read as JSON. */
function typed(config: JsonObject, secrets: AirbyteSecrets, spec: SourceSpec): JsonObject {
  const { error } = spec.config.safeParse(config);
  for (const { code, path } of error?.issues ?? []) {
    const text = valueAt(config, path.map(String));
    const isSecret = secrets[path.join("__")] !== undefined && typeof text === "string";
    if (code !== "invalid_type" || !isSecret) continue;
    const holder = valueAt(config, path.slice(0, -1).map(String)) as JsonObject;
    holder[String(path.at(-1))] = parsed(text);
  }
  return config;
}

function assertNoSecrets(connection: string, config: JsonObject, { secrets }: SourceSpec): void {
  const found = secrets.filter(({ path }) => valueAt(config, path) !== undefined);
  if (found.length === 0) return;
  const lines = found.map(
    ({ path }) =>
      `\n  ${[...AT, ...path].join(".")} is a secret, as the source says: take it out and \`sluice secrets set ${connection} ${path.join("__")}\`.`,
  );
  const message = `reading the config of ${connection}: secrets stand in it.${lines.join("")}`;
  throw new ConnectorError("connection_invalid", message, {
    details: { fields: found.map(({ path }) => path.join(".")) },
  });
}

function invalid(connection: string, config: JsonObject, { config: schema, secrets }: SourceSpec): ConnectorError {
  const problems = schemaProblems(schema, config, AT).map(({ path, message }) => {
    const secret = secrets.find((field) => path === [...AT, ...field.path].join("."));
    if (secret === undefined) return { path, message };
    return {
      path,
      message: `${message} It is a secret: \`sluice secrets set ${connection} ${secret.path.join("__")}\`.`,
    };
  });
  const lines = problems.map(({ path, message }) => `\n  ${path} ${message}`).join("");
  const message = `reading the config of ${connection}: it is not what the source's specification asks for.${lines}`;
  return new ConnectorError("connection_invalid", message, { details: { problems } });
}

function valueAt(config: JsonObject, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (at, key) => (isJsonObject(at ?? null) ? (at as JsonObject)[key] : undefined),
    config,
  );
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
