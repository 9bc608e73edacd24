import { z } from "zod";
import { SluiceError } from "../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { issueProblems, type Problem } from "../core/schema-problems.ts";
import { type Config, type Connection, configSchema, connectionSchema } from "./config-schema.ts";
import { type ConfigText, splitMark } from "./config-text.ts";
import { nodeAt, parseJsonText, placeInText } from "./json-text.ts";

export type { Problem } from "../core/schema-problems.ts";

export type ListedConnection =
  | { name: string; valid: true; connection: Connection }
  | { name: string; valid: false; raw: JsonValue; problems: Problem[] };

export interface ConfigView {
  /** Holds the valid connections only. */
  config: Config;
  /** All of them, in the file's order. */
  connections: ListedConnection[];
  warnings: string[];
}

/** What is wrong with a config, with the owner of each problem: a connection's id or name, or empty for the file. */
export interface OwnedProblem extends Problem {
  owner: string;
}

const fileSchema = configSchema.extend({ connections: z.array(z.unknown()).default([]) });

/** Judges the file connection by connection. Throws `config_invalid` where the file itself is wrong. */
export function viewConfig(text: ConfigText): ConfigView {
  const { raw } = text;
  const parsed = fileSchema.safeParse(raw);
  const connections = listConnections(raw);
  const problems = parsed.success ? duplicateNames(raw) : fileProblems(raw, parsed.error.issues);
  if (!parsed.success || problems.length > 0)
    throw invalidFile(text, [...problems, ...connections.flatMap(problemsIn)]);
  const valid = connections.flatMap((listed) => (listed.valid ? [listed.connection] : []));
  return { config: { ...parsed.data, connections: valid }, connections, warnings: warningsFor(text) };
}

/** Every problem there is, for telling what a change has broken from what was broken before. */
export function allProblems(raw: JsonObject): OwnedProblem[] {
  const parsed = fileSchema.safeParse(raw);
  const file = parsed.success ? duplicateNames(raw) : fileProblems(raw, parsed.error.issues);
  const entries = Array.isArray(raw.connections) ? raw.connections : [];
  const owned = listConnections(raw).flatMap((listed, index) =>
    problemsIn(listed).map((problem) => ({ ...problem, owner: ownerOf(entries[index], index) })),
  );
  return [...file.map((problem) => ({ ...problem, owner: "" })), ...owned];
}

/** The problems as indented lines, with line numbers where the file has the shape that the paths speak of. */
export function problemLines(problems: readonly Problem[], text?: ConfigText): string {
  const lineOf = linesOf(text);
  return problems.map(({ path, message }) => `\n  ${path}${lineOf(path)}: ${message}`).join("");
}

/** `connections[2].type (line 12)` */
export function problemPlace(path: string, text: ConfigText): string {
  return `${path}${linesOf(text)(path)}`;
}

function linesOf(text: ConfigText | undefined): (path: string) => string {
  return text === undefined || text.asWritten !== text.raw ? () => "" : lineFinder(splitMark(text.content).json);
}

function listConnections(raw: JsonObject): ListedConnection[] {
  const entries = Array.isArray(raw.connections) ? raw.connections : [];
  const names = countOf(entries, "name");
  const ids = countOf(entries, "id");
  return entries.map((entry, index) => {
    const at = ["connections", index];
    const parsed = connectionSchema.safeParse(entry);
    const problems = [
      ...(parsed.success ? [] : issueProblems(parsed.error.issues, { schema: connectionSchema, value: entry, at })),
      ...repeated(entry, index, { names, ids }),
    ];
    const name = isJsonObject(entry) && typeof entry.name === "string" ? entry.name : `connections[${index}]`;
    return parsed.success && problems.length === 0
      ? { name, valid: true, connection: parsed.data }
      : { name, valid: false, raw: entry, problems };
  });
}

function problemsIn(listed: ListedConnection): Problem[] {
  return listed.valid ? [] : listed.problems;
}

function countOf(entries: readonly JsonValue[], key: "name" | "id"): Map<JsonValue, number> {
  const counts = new Map<JsonValue, number>();
  for (const entry of entries) {
    const value = isJsonObject(entry) ? entry[key] : undefined;
    if (value !== undefined && value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

type Counts = Record<"names" | "ids", Map<JsonValue, number>>;

/** Of two connections with one name neither is right: which was meant cannot be known. */
function repeated(entry: JsonValue, index: number, { names, ids }: Counts): Problem[] {
  if (!isJsonObject(entry)) return [];
  const { name, id } = entry;
  const problems: Problem[] = [];
  if (name !== undefined && (names.get(name) ?? 0) > 1) {
    problems.push({
      path: `connections[${index}].name`,
      message: "is the name of another connection too. Rename one of them.",
    });
  }
  if (id !== undefined && (ids.get(id) ?? 0) > 1) {
    const message = "is the id of another connection too. Take it out of the newer one, which is then given its own.";
    problems.push({ path: `connections[${index}].id`, message });
  }
  return problems;
}

function duplicateNames(raw: JsonObject): Problem[] {
  return ["groups", "schedules"].flatMap((list) => {
    const entries = Array.isArray(raw[list]) ? raw[list] : [];
    const counts = countOf(entries, "name");
    return entries.flatMap((entry, index) =>
      isJsonObject(entry) && (counts.get(entry.name ?? "") ?? 0) > 1
        ? [{ path: `${list}[${index}].name`, message: "is used twice. Rename one of them." }]
        : [],
    );
  });
}

function fileProblems(raw: JsonObject, issues: readonly z.core.$ZodIssue[]): Problem[] {
  return [...issueProblems(issues, { schema: configSchema, value: raw, at: [] }), ...duplicateNames(raw)];
}

function ownerOf(entry: JsonValue | undefined, index: number): string {
  if (!isJsonObject(entry)) return `#${index}`;
  const { id, name } = entry;
  if (typeof id === "string" && id !== "") return id;
  return typeof name === "string" ? name : `#${index}`;
}

function invalidFile(text: ConfigText, problems: Problem[]): SluiceError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const message = `reading ${text.path}: ${count}. Mend each of these places:${problemLines(problems, text)}`;
  return new SluiceError("config_invalid", message, {
    details: { path: text.path, problems: problems.map((problem) => ({ ...problem })) },
  });
}

function warningsFor({ asWritten, raw, path }: ConfigText): string[] {
  if (asWritten === raw) return [];
  return [
    `${path} has the shape of an older version; it is read as version ${raw.version} and rewritten with the next change.`,
  ];
}

/** ` (line 12)`, or nothing for what does not stand in the file. */
function lineFinder(json: string): (path: string) => string {
  const root = parseJsonText(json);
  return (path) => {
    const steps = [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)];
    const keys = steps.map(([, index, quoted, plain]) =>
      index !== undefined ? Number(index) : quoted !== undefined ? (JSON.parse(quoted) as string) : (plain as string),
    );
    if (nodeAt(root, keys.slice(0, 1)) === root) return "";
    return ` (line ${placeInText(json, nodeAt(root, keys).start).line})`;
  };
}
