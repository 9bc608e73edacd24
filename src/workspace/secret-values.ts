import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { SluiceError } from "../core/errors.ts";
import type { Workspace } from "./locate.ts";
import { readSecrets, type Secrets, secretAt, setSecret } from "./secrets-file.ts";
import { readRotated, storeRotated } from "./token-store.ts";
import { isTomlTable, type TomlValue } from "./toml-text.ts";

export interface SecretOwner {
  connection: string;
  connector: string;
}

export type SecretOrigin = { from: "environment" | "file" | "reference" | "token_store"; where: string };

export interface ResolvedSecrets {
  /** Fields that have a value; which of them are needed is the connector's to say. */
  values: Record<string, string>;
  origins: Record<string, SecretOrigin>;
  /** Every secret value known, of others too: what a Redactor must be told. */
  all: string[];
}

/**
 * The secrets of a connection. The environment wins over the file, and the connection's own section over that of its
 * connector. With `more`, whatever else stands there for it counts too. A value may refer to another variable (`env:NAME`) or a file (`file:PATH`, from the workspace). Throws
 * `secret_missing` for a reference that leads nowhere.
 */
export async function resolveSecrets(
  ws: Workspace,
  request: SecretOwner & { fields: readonly string[]; more?: boolean },
): Promise<ResolvedSecrets> {
  const secrets = await readSecrets(ws);
  const resolved: ResolvedSecrets = { values: {}, origins: {}, all: sensitiveTexts(secrets) };
  const more = request.more === true ? fieldsOf(ws, secrets, request) : [];
  for (const field of new Set([...request.fields, ...more])) {
    const configured = configuredValue(ws, secrets, { ...request, field });
    if (configured === undefined) continue;
    const followed = await followReference(ws, configured);
    const rotated = followed.origin.from === "file" ? undefined : await readRotated(ws, field, followed.text);
    const where = rotated === undefined ? followed.origin : ({ from: "token_store", where: rotated.path } as const);
    resolved.values[field] = rotated?.value ?? followed.text;
    resolved.origins[field] = where;
    resolved.all.push(followed.text, ...(rotated === undefined ? [] : [rotated.value]));
  }
  resolved.all = [...new Set(resolved.all)];
  return resolved;
}

/** Every name that has a value for the connection: of programs whose secrets only they know. */
function fieldsOf(ws: Workspace, secrets: Secrets, { connection, connector }: SecretOwner): string[] {
  return [connection, connector].flatMap((section) => {
    const table = secretAt(secrets, ["sources", section]);
    const inFile = isTomlTable(table) ? Object.keys(table) : [];
    const prefix = `${environmentName(["sources", section])}__`;
    const inEnvironment = Object.keys(ws.env).filter((name) => name.startsWith(prefix));
    return [...inFile, ...inEnvironment.map((name) => name.slice(prefix.length).toLowerCase())];
  });
}

/**
 * Keeps a credential that the service has just replaced, such as an OAuth refresh token. To be called before the new one
 * is used: the old one may be worthless already. Goes into the secrets file where the old one came from there; otherwise
 * into a store of its own that holds until the configured value changes.
 */
export async function rotateSecret(
  ws: Workspace,
  change: SecretOwner & { field: string; value: string },
): Promise<void> {
  const { field, value } = change;
  const configured = configuredValue(ws, await readSecrets(ws), change);
  if (configured === undefined) return setSecret(ws, ["sources", change.connection, field], value);
  const { origin, text } = await followReference(ws, configured);
  if (origin.from === "file") return setSecret(ws, configured.path, value);
  return storeRotated(ws, field, { configured: text, value });
}

/** A configured text with a reference in it followed. `what` names it for people. */
export async function followReference(
  ws: Workspace,
  configured: Configured,
): Promise<{ text: string; origin: SecretOrigin }> {
  const { text, origin } = configured;
  if (text.startsWith("env:")) {
    const name = text.slice(4);
    const value = ws.env[name];
    if (value === undefined) throw deadReference(configured, `the environment variable ${name} is not set. Set it`);
    return { text: value, origin: { from: "reference", where: text } };
  }
  if (text.startsWith("file:")) {
    try {
      const content = await readFile(resolve(ws.root, text.slice(5)), "utf8");
      return { text: content.replace(/\r?\n$/, ""), origin: { from: "reference", where: text } };
    } catch (error) {
      const { code = "unknown error" } = error as NodeJS.ErrnoException;
      throw deadReference(configured, `${text.slice(5)} could not be read (${code}). Make that file readable`, error);
    }
  }
  return { text, origin };
}

export interface Configured {
  text: string;
  origin: SecretOrigin;
  /** Where it stands in the secrets file, or would. */
  path: readonly string[];
}

/** dlt's order: the environment before the file, and in each the narrower name before the wider. */
function configuredValue(
  ws: Workspace,
  secrets: Secrets,
  { connection, connector, field }: SecretOwner & { field: string },
): Configured | undefined {
  const paths = [connection, connector].map((section) => ["sources", section, field]);
  return fromEnvironment(ws, paths) ?? fromFile(secrets, paths);
}

/** The environment variable that wins over a path of the secrets file. */
export function environmentName(path: readonly string[]): string {
  return path.join("__").toUpperCase();
}

/** The first of the paths that the environment names: `SOURCES__TEAM_BOARD__TOKEN`. */
export function fromEnvironment(ws: Workspace, paths: readonly (readonly string[])[]): Configured | undefined {
  for (const path of paths) {
    const where = environmentName(path);
    const text = ws.env[where];
    if (text !== undefined && text !== "") return { text, origin: { from: "environment", where }, path };
  }
  return undefined;
}

/** The first of the paths at which the secrets file has a plain value. */
export function fromFile(secrets: Secrets, paths: readonly (readonly string[])[]): Configured | undefined {
  for (const path of paths) {
    const value = secretAt(secrets, path);
    if (value === undefined || isTomlTable(value) || Array.isArray(value)) continue;
    const text = value instanceof Date ? value.toISOString() : String(value);
    return { text, origin: { from: "file", where: path.join(".") }, path };
  }
  return undefined;
}

function deadReference({ origin, text }: Configured, why: string, cause?: unknown): SluiceError {
  const message = `following ${text}, which ${origin.where} refers to: ${why}, or change the secret.`;
  return new SluiceError("secret_missing", message, {
    details: { where: origin.where },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Keys whose values say where, not who: masking them would make messages unreadable. */
const PLAIN_KEYS = new Set([
  "host",
  "port",
  "database",
  "username",
  "sslmode",
  "sslrootcert",
  "connect_timeout",
  "drivername",
]);

/** Every text in the file, save references and what everyone may know. */
export function sensitiveTexts(value: TomlValue, key = ""): string[] {
  if (typeof value === "string") return PLAIN_KEYS.has(key) || /^(env|file):/.test(value) ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((item) => sensitiveTexts(item, key));
  if (!isTomlTable(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => sensitiveTexts(inner, name));
}
