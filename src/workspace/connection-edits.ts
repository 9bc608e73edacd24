import { SluiceError } from "../core/errors.ts";
import { NAME_PATTERN, uuidv7 } from "../core/ids.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { isoTime } from "../core/time.ts";
import { type Connection, connectionSchema } from "./config-schema.ts";
import { changeConfig, connectionEntries, namesOf } from "./config-update.ts";
import { unknownConnection } from "./connection-unknown.ts";
import type { Workspace } from "./locate.ts";
import { copySecrets, unsetSecret } from "./secrets-file.ts";

/** Adds an entry, with an id and the time. Throws `connection_exists`, or `connection_invalid` with all problems. */
export async function addConnection(ws: Workspace, entry: JsonObject): Promise<Connection> {
  const complete: JsonObject = { id: uuidv7(), enabled: true, created_at: isoTime(Date.now()), ...entry };
  await changeConfig(ws, `adding the connection ${String(entry.name)}`, (raw) => append(ws, raw, inOrder(complete)));
  return connectionSchema.parse(complete);
}

/**
 * Renames a connection; its id, state and tables stay with it, and so does its section of the secrets file. Tables stand
 * in a schema of the connection's name unless its settings name one: that schema is set as its namespace then, and
 * returned. Killed in between, the secrets stand under both names.
 */
export async function renameConnection(ws: Workspace, name: string, to: string): Promise<string | undefined> {
  let leftBehind = false;
  let pinned: string | undefined;
  await changeConfig(ws, `renaming the connection ${name}`, async (raw) => {
    const entry = entryOf(ws, raw, name);
    if (name === to) return;
    assertFree(ws, raw, to);
    const settled = connectionEntries(raw).some((each) => each.type === name);
    entry.name = to;
    pinned = pinNamespace(entry, name);
    if (!NAME_PATTERN.test(to) || entry.type === name) return;
    await carrySecrets(ws, name, to);
    leftBehind = !settled;
  });
  if (leftBehind) await unsetSecret(ws, sectionOf(name));
  return pinned;
}

function pinNamespace(entry: JsonObject, namespace: string): string | undefined {
  const { schema = {} } = entry;
  if (!isJsonObject(schema) || schema.namespace !== undefined || !NAME_PATTERN.test(namespace)) return undefined;
  entry.schema = { namespace, ...schema };
  return namespace;
}

/** Takes a connection out of the config, and its own section out of the secrets file if asked to. */
export async function removeConnection(ws: Workspace, name: string, { secrets }: { secrets: boolean }): Promise<void> {
  let shared = false;
  await changeConfig(ws, `removing the connection ${name}`, (raw) => {
    const entry = entryOf(ws, raw, name);
    raw.connections = (raw.connections as JsonValue[]).filter((each) => each !== entry);
    shared = connectionEntries(raw).some((each) => each.type === name);
  });
  if (secrets && !shared) await unsetSecret(ws, sectionOf(name));
}

/** A second connection with the same settings and secrets: it has its own id and begins without state. */
export async function duplicateConnection(ws: Workspace, name: string, to: string): Promise<void> {
  await changeConfig(ws, `copying the connection ${name}`, async (raw) => {
    const { state: _none, ...settings } = entryOf(ws, raw, name);
    append(ws, raw, { ...settings, id: uuidv7(), name: to, created_at: isoTime(Date.now()) });
    if (NAME_PATTERN.test(to) && settings.type !== name) await carrySecrets(ws, name, to);
  });
}

function entryOf(ws: Workspace, raw: JsonObject, name: string): JsonObject {
  const entries = connectionEntries(raw);
  const entry = entries.find((each) => each.name === name);
  if (entry === undefined) throw unknownConnection(ws, name, namesOf(entries));
  return entry;
}

function append(ws: Workspace, raw: JsonObject, entry: JsonObject): void {
  assertFree(ws, raw, String(entry.name));
  raw.connections = [...(Array.isArray(raw.connections) ? raw.connections : []), entry];
}

function assertFree(ws: Workspace, raw: JsonObject, name: string): void {
  if (!namesOf(connectionEntries(raw)).includes(name)) return;
  const message = `naming a connection ${name} in ${ws.paths.config}: there is one of that name already. Choose another name.`;
  throw new SluiceError("connection_exists", message, { details: { connection: name } });
}

/** A section named like a connector serves every connection of that type; it is copied but never taken away. */
async function carrySecrets(ws: Workspace, name: string, to: string): Promise<void> {
  await copySecrets(ws, sectionOf(name), sectionOf(to));
}

function sectionOf(name: string): string[] {
  return ["sources", name];
}

const ORDER = ["id", "name", "title", "type", "enabled", "schema", "destination", "tags", "created_at", "state"];

/** The keys as the documentation shows them. */
function inOrder(entry: JsonObject): JsonObject {
  const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => rank(a) - rank(b)));
}
