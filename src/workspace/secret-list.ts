import { asSluiceError } from "../core/errors.ts";
import type { Workspace } from "./locate.ts";
import { followReference, fromEnvironment, fromFile, resolveSecrets, type SecretOrigin } from "./secret-values.ts";
import { readSecrets, type Secrets } from "./secrets-file.ts";
import { isTomlTable, type TomlValue } from "./toml-text.ts";

/** A name that has a value of its own, in the secrets file or in the environment. */
export interface NamedSecret {
  /** As in the file: `["sources", "team_board", "token"]`. */
  path: readonly string[];
  from: "file" | "environment";
}

/** A secret that a connection may have, by its connector. */
export interface WantedSecret {
  connection: string;
  connector: string;
  field: string;
  isRequired: boolean;
}

/** Where a secret's value comes from; never the value itself. */
export interface ListedSecret {
  path: readonly string[];
  /** Undefined when there is no value. */
  origin: SecretOrigin | undefined;
  /** The connection's need that it meets; missing for what nothing here asks for. */
  wanted?: WantedSecret;
  /** Why its reference leads nowhere. */
  problem?: string;
}

/** Throws as `readSecrets` does. */
export async function namedSecrets(ws: Workspace): Promise<NamedSecret[]> {
  return namesOf(ws, await readSecrets(ws));
}

/** What the connections want, with and without a value, and then every other name that has one. */
export async function listSecrets(ws: Workspace, wanted: readonly WantedSecret[]): Promise<ListedSecret[]> {
  const secrets = await readSecrets(ws);
  const asked = await Promise.all(wanted.map((each) => askedSecret(ws, each)));
  const known = new Set(asked.map(({ path }) => path.join(".")));
  const others = namesOf(ws, secrets).filter(({ path }) => !known.has(path.join(".")));
  const listed = await Promise.all(others.map(({ path }) => otherSecret(ws, secrets, path)));
  return [...asked, ...new Map(listed.map((each) => [each.path.join("."), each])).values()];
}

/** The value itself: only for somebody who has asked to see it. Throws `secret_missing` when there is none. */
export async function secretValue(ws: Workspace, { path, wanted }: ListedSecret): Promise<string | undefined> {
  if (wanted !== undefined)
    return (await resolveSecrets(ws, { ...wanted, fields: [wanted.field] })).values[wanted.field];
  const configured = fromEnvironment(ws, [path]) ?? fromFile(await readSecrets(ws), [path]);
  return configured && (await followReference(ws, configured)).text;
}

async function askedSecret(ws: Workspace, wanted: WantedSecret): Promise<ListedSecret> {
  const path = ["sources", wanted.connection, wanted.field];
  try {
    const { origins } = await resolveSecrets(ws, { ...wanted, fields: [wanted.field] });
    return { path, wanted, origin: origins[wanted.field] };
  } catch (error) {
    return { path, wanted, origin: undefined, problem: asSluiceError(error).message };
  }
}

async function otherSecret(ws: Workspace, secrets: Secrets, path: readonly string[]): Promise<ListedSecret> {
  const configured = fromEnvironment(ws, [path]) ?? fromFile(secrets, [path]);
  if (configured === undefined) return { path, origin: { from: "file", where: path.join(".") } };
  try {
    return { path, origin: (await followReference(ws, configured)).origin };
  } catch (error) {
    return { path, origin: undefined, problem: asSluiceError(error).message };
  }
}

function namesOf(ws: Workspace, secrets: Secrets): NamedSecret[] {
  const inFile = leavesOf(secrets, []).map((path) => ({ path, from: "file" as const }));
  const inEnvironment = Object.keys(ws.env)
    .filter((name) => /^(SOURCES|DESTINATION)__/.test(name))
    .map((name) => ({ path: name.toLowerCase().split("__"), from: "environment" as const }));
  return [...inFile, ...inEnvironment];
}

function leavesOf(value: TomlValue, path: readonly string[]): (readonly string[])[] {
  if (!isTomlTable(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
