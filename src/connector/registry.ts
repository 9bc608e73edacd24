import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { didYouMean } from "../core/did-you-mean.ts";
import { isSluiceError, reportError, SluiceError } from "../core/errors.ts";
import { NAME_PATTERN } from "../core/ids.ts";
import type { Connector } from "./define-connector.ts";
import { loadFailure, shapeProblems } from "./load-failure.ts";
import { registerKit } from "./resolve-hook.ts";

/** The connectors that there are: the files of a folder. Only the file of the connector that is asked for is loaded. */
export interface Registry {
  /** Sorted. */
  names(): string[];
  /** @throws SluiceError `connector_unknown`, or `connector_broken` with the file and line. */
  load(name: string): Promise<LoadedConnector>;
  /** All of them, a broken one with its error. */
  list(): Promise<ListedConnector[]>;
}

export interface ConnectorFile {
  name: string;
  path: string;
  origin: "builtin" | "workspace";
  /** A workspace's file that is used instead of the builtin connector of the same name. */
  overrides: boolean;
}

export interface LoadedConnector extends ConnectorFile {
  connector: Connector;
}

export type ListedConnector = ConnectorFile &
  ({ ok: true; title: string; description: string } | { ok: false; error: ReturnType<typeof reportError> });

/** Where Sluice's own connectors are. */
export interface BuiltinFolders {
  /** What is loaded. */
  builtin: string;
  /** What they were compiled from, in a build. The workspace that these belong to has no connectors besides. */
  builtinSource?: string;
}

export interface RegistryFolders extends BuiltinFolders {
  /** The `connectors/` of a workspace; it need not exist. */
  workspace?: string;
}

const CONNECTOR_FILE = /^([^.]+)\.(ts|mts|js|mjs)$/;

export function loadRegistry(folders: RegistryFolders): Registry {
  const files = findConnectors(folders);
  const load = (name: string) => loadConnector(files, name);
  return {
    names: () => [...files.keys()].sort(),
    load,
    list: () => Promise.all([...files.keys()].sort().map((name) => describe(files.get(name) as ConnectorFile, load))),
  };
}

function findConnectors({ builtin, builtinSource = builtin, workspace }: RegistryFolders): Map<string, ConnectorFile> {
  const files = new Map<string, ConnectorFile>();
  for (const [name, path] of connectorFiles(builtin)) {
    files.set(name, { name, path, origin: "builtin", overrides: false });
  }
  if (workspace === undefined || [builtin, builtinSource].some((own) => isSameFolder(workspace, own))) return files;
  for (const [name, path] of connectorFiles(workspace)) {
    files.set(name, { name, path, origin: "workspace", overrides: files.has(name) });
  }
  return files;
}

function connectorFiles(folder: string): [name: string, path: string][] {
  return fileNames(folder).flatMap((file) => {
    const name = CONNECTOR_FILE.exec(file)?.[1];
    return name !== undefined && NAME_PATTERN.test(name) ? [[name, join(folder, file)] as [string, string]] : [];
  });
}

function fileNames(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new SluiceError("connector_broken", `listing connectors: ${folder} cannot be read. Check its permissions.`, {
      cause: error,
    });
  }
}

function isSameFolder(one: string, other: string): boolean {
  const a = statSync(one, { throwIfNoEntry: false });
  const b = statSync(other, { throwIfNoEntry: false });
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

async function loadConnector(files: ReadonlyMap<string, ConnectorFile>, name: string): Promise<LoadedConnector> {
  const file = files.get(name);
  if (file === undefined) {
    const known = [...files.keys()];
    throw new SluiceError(
      "connector_unknown",
      `looking for the connector "${name}": there is none of that name.${didYouMean(name, known)} \`sluice connectors list\` shows all.`,
      { details: { connector: name } },
    );
  }
  registerKit();
  const exported = await importFile(file);
  const problems = shapeProblems(file.name, exported);
  if (problems.length > 0) throw loadFailure(file, new Error(problems.join("; ")));
  return { ...file, connector: exported as Connector };
}

async function importFile(file: ConnectorFile): Promise<unknown> {
  try {
    const module = (await import(/* @vite-ignore */ fileUrl(file))) as { default?: unknown };
    return module.default;
  } catch (error) {
    throw isSluiceError(error) ? error : loadFailure(file, error);
  }
}

/** A workspace's file may be edited while the process lives: its time makes each version a module of its own. */
function fileUrl({ path, origin }: ConnectorFile): string {
  const url = pathToFileURL(path);
  if (origin === "workspace") url.searchParams.set("changed", String(statSync(path).mtimeMs));
  return url.href;
}

async function describe(file: ConnectorFile, load: Registry["load"]): Promise<ListedConnector> {
  try {
    const { title, description } = (await load(file.name)).connector;
    return { ...file, ok: true, title, description };
  } catch (error) {
    return { ...file, ok: false, error: reportError(error) };
  }
}
