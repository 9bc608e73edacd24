import { readdir, readFile } from "node:fs/promises";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { openWorkspace } from "../../workspace/locate.ts";
import type { Candidates } from "../command.ts";
import type { Io, Product } from "../io.ts";

export interface Candidate {
  word: string;
  description: string;
}

export type LiveName = Exclude<Extract<Candidates, string>, "file" | "folder">;

export interface Place {
  /** What stands on the line already: streams are those of the connections that it names. */
  line: readonly string[];
  workspace: string | undefined;
  io: Io;
  product: Product;
}

/** Names as they are at this moment. Reads the files without checking them: it must be fast, and it must not fail. */
export async function candidateNames(kind: LiveName, { workspace, io, product, line }: Place): Promise<Candidate[]> {
  const { paths } = openWorkspace({ cwd: io.cwd, env: io.env, ...(workspace === undefined ? {} : { workspace }) });
  if (kind === "connector") return connectorNames([product.connectors.builtin, paths.connectors]);
  if (kind === "run") return [plain("latest"), ...(await recentRuns(paths.run_logs))];
  if (kind === "kind") return Object.keys((await import("../../core/events.ts")).eventData).map(plain);
  const config = await readLoosely(paths.config);
  const connections = listOf(config.connections).filter(isJsonObject);
  if (kind === "connection")
    return connections.map((entry) => ({ word: text(entry.name), description: text(entry.title) }));
  if (kind === "stream") return streamNames(connections, line);
  if (kind === "tag") return [...new Set(connections.flatMap((entry) => listOf(entry.tags).map(text)))].map(plain);
  return [plain("embedded"), ...(await destinationSections(paths.secrets)).map(plain)];
}

/** Streams that the settings or the state know; asking the sources for more would take too long. */
function streamNames(connections: readonly JsonObject[], line: readonly string[]): Candidate[] {
  const named = connections.filter(({ name }) => line.includes(text(name)));
  const names = (named.length === 0 ? connections : named).flatMap(({ schema, state }) =>
    [schema, state].flatMap((part) =>
      isJsonObject(part) && isJsonObject(part.streams) ? Object.keys(part.streams) : [],
    ),
  );
  return [...new Set(names)].map(plain);
}

async function connectorNames(folders: readonly string[]): Promise<Candidate[]> {
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  const names = files.flat().map((file) => /^([a-z][a-z0-9_]*)\.[tj]s$/.exec(file)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].map(plain);
}

/** Ids of the runs of the newest days, from the names of their logs. */
async function recentRuns(folder: string): Promise<Candidate[]> {
  const days = (await readdir(folder).catch(() => [])).sort().reverse().slice(0, 3);
  const files = await Promise.all(days.map((day) => readdir(`${folder}/${day}`).catch(() => [])));
  const parts = files.flat().map((file) => /^(.+)_([0-9a-f-]{36})_events\.jsonl$/.exec(file));
  return parts.flatMap((part) => (part === null ? [] : [{ word: part[2] ?? "", description: part[1] ?? "" }]));
}

async function destinationSections(secrets: string): Promise<string[]> {
  const content = await readFile(secrets, "utf8").catch(() => "");
  const names = [...content.matchAll(/^\s*\[destination\.([A-Za-z0-9_-]+)/gm)].map((match) => match[1] ?? "");
  return [...new Set(names)];
}

async function readLoosely(path: string): Promise<JsonObject> {
  const parsed: unknown = JSON.parse(await readFile(path, "utf8"));
  return isJsonObject(parsed) ? parsed : {};
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value.replaceAll(/\s+/g, " ") : "";
}

function plain(word: string): Candidate {
  return { word, description: "" };
}
