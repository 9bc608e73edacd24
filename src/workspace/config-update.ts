import { readFile } from "node:fs/promises";
import { SluiceError } from "../core/errors.ts";
import { uuidv7 } from "../core/ids.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import { systemClock } from "../core/time.ts";
import { writeFileAtomic, writeFileExclusive } from "../system/atomic-file.ts";
import { withFileLock } from "../system/file-lock.ts";
import { Overtaken } from "../system/replace-file.ts";
import { backupFile } from "./backups.ts";
import { CONFIG_VERSION } from "./config-migrations.ts";
import { type ConfigText, readConfigText, splitMark } from "./config-text.ts";
import { allProblems, type ConfigView, type OwnedProblem, problemLines, viewConfig } from "./config-view.ts";
import { unknownConnection } from "./connection-unknown.ts";
import { editJsonText } from "./json-edit.ts";
import type { Workspace } from "./locate.ts";

/** Changes the config in place. May be called again, on a newer copy, when somebody saves the file in between. */
export type ConfigChange = (raw: JsonObject) => void | Promise<void>;

export interface ConfigWrite {
  before: JsonObject;
  after: JsonObject;
  /** The copy that was made of the old file; missing when nothing had to be written. */
  backup?: string;
}

/** An editor that saves in place leaves half a file for a moment. */
const HALF_SAVED = { tries: 3, pause_ms: 100 };
/** More saves than this between our reading and our writing are no person's. */
const MAX_RACES = 50;

/**
 * As `changeConfig`; returns what the file holds afterwards. `what` says for people what is being done. Throws
 * `config_invalid`, and writes nothing, where the file is wrong outside of its connections and would stay so.
 */
export async function updateConfig(ws: Workspace, what: string, change: ConfigChange): Promise<ConfigView> {
  await changeConfig(ws, what, async (raw) => {
    await change(raw);
    if (allProblems(raw).some(({ owner }) => owner === "")) viewConfig(await readConfigText(ws));
  });
  return viewConfig(await readConfigText(ws));
}

/** Changes one connection's entry. Throws `connection_unknown`. */
export async function updateConnection(
  ws: Workspace,
  name: string,
  what: string,
  change: (entry: JsonObject) => void,
): Promise<ConfigView> {
  return updateConfig(ws, what, async (raw) => {
    const entries = connectionEntries(raw);
    const entry = entries.find((each) => each.name === name);
    if (entry === undefined) throw unknownConnection(ws, name, namesOf(entries));
    change(entry);
  });
}

/** Gives every hand-made connection an id; writes only if one had none. To be called before a run. */
export async function ensureIds(ws: Workspace): Promise<void> {
  const { raw } = await readConfigText(ws);
  const lacking = connectionEntries(raw).some((entry) => entry.id === undefined || entry.id === "");
  if (lacking) await changeConfig(ws, "giving new connections their ids", () => {});
}

/**
 * Writes the first `config.json`, also in the place of an empty one: that holds nothing to lose. Says whether there was one.
 * Throws `config_invalid` when there is one that says something.
 */
export async function createConfig(ws: Workspace): Promise<"made" | "filled"> {
  const first = {
    version: CONFIG_VERSION,
    connections: [],
    groups: [],
    schedules: [],
    settings: { destination: "embedded" },
  };
  const content = `${JSON.stringify(first, null, 2)}\n`;
  try {
    await writeFileExclusive(ws.paths.config, content);
    return "made";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (await fillEmpty(ws, content)) return "filled";
    const message = `making ${ws.paths.config}: it exists already, and was left as it is.`;
    throw new SluiceError("config_invalid", message, { cause: error, details: { path: ws.paths.config } });
  }
}

/** False when the file says something, or begins to while we look: an editor empties a file before it fills it. */
async function fillEmpty({ paths }: Workspace, content: string): Promise<boolean> {
  return withFileLock(paths.config, { purpose: "making the first config.json" }, async () => {
    for (let tries = 1; ; tries++) {
      const found = await readFile(paths.config, "utf8");
      if (splitMark(found).json.trim() !== "") return false;
      if (tries < HALF_SAVED.tries) await systemClock.sleep(HALF_SAVED.pause_ms);
      else return replaceEmpty(paths.config, found, content);
    }
  });
}

async function replaceEmpty(path: string, found: string, content: string): Promise<boolean> {
  try {
    await writeFileAtomic(path, content, { expected: found });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}

/**
 * The one way to change `config.json`: lock, read again, change, check, back up, replace. What the change does not touch
 * stays as it was, byte for byte. A connection that was broken before does not stand in the way; a change that would
 * break something is refused. A save by an editor that comes in between is kept: the change is made again on top of it.
 */
export async function changeConfig(ws: Workspace, what: string, change: ConfigChange): Promise<ConfigWrite> {
  return withFileLock(ws.paths.config, { purpose: what }, async () => {
    for (let race = 0; race < MAX_RACES; race++) {
      const written = await changeOnce(ws, what, change);
      if (written !== "overtaken") return written;
    }
    const message = `${what}: ${ws.paths.config} is being rewritten by another program all the time. Nothing was changed. Stop that program and try again.`;
    throw new SluiceError("file_locked", message, { details: { path: ws.paths.config } });
  });
}

/** The entries that are objects; whatever else stands in the list is left alone. */
export function connectionEntries(raw: JsonObject): JsonObject[] {
  return Array.isArray(raw.connections) ? raw.connections.filter(isJsonObject) : [];
}

/** The names that the entries have, as far as they have one. */
export function namesOf(entries: readonly JsonObject[]): string[] {
  return entries.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
}

async function changeOnce(ws: Workspace, what: string, change: ConfigChange): Promise<ConfigWrite | "overtaken"> {
  const text = await readSettled(ws);
  const before = withIds(text.raw);
  const after = structuredClone(before);
  await change(after);
  const complete = withIds(after);
  const { mark, json } = splitMark(text.content);
  const content = mark + editJsonText(json, complete);
  if (content === text.content || isOnlyMigrated(text, complete)) return { before, after: complete };
  assertNothingBroken(what, { before, after: complete, path: text.path });
  const backup = await backupFile(ws, text.path);
  try {
    await writeFileAtomic(text.path, content, { expected: text.content });
  } catch (error) {
    if (error instanceof Overtaken) return "overtaken";
    throw error;
  }
  return { before, after: complete, backup };
}

async function readSettled(ws: Workspace): Promise<ConfigText> {
  for (let tries = 1; ; tries++) {
    try {
      return await readConfigText(ws);
    } catch (error) {
      const halfSaved = error instanceof SluiceError && error.code === "config_not_json";
      if (!halfSaved || tries === HALF_SAVED.tries) throw error;
      await systemClock.sleep(HALF_SAVED.pause_ms);
    }
  }
}

/** An older shape is rewritten together with a change, never for its own sake. */
function isOnlyMigrated({ raw, asWritten }: ConfigText, after: JsonObject): boolean {
  return raw !== asWritten && JSON.stringify(raw) === JSON.stringify(after);
}

function withIds(raw: JsonObject): JsonObject {
  if (!Array.isArray(raw.connections)) return raw;
  const connections = raw.connections.map((entry) => {
    if (!isJsonObject(entry) || (entry.id !== undefined && entry.id !== "")) return entry;
    return { ...entry, id: uuidv7() };
  });
  return { ...raw, connections };
}

function assertNothingBroken(what: string, change: { before: JsonObject; after: JsonObject; path: string }): void {
  const problems = allProblems(change.after);
  if (problems.length === 0) return;
  const known = new Set(allProblems(change.before).map(signature));
  const broken = problems.filter((problem) => !known.has(signature(problem)));
  if (broken.length === 0) return;
  const code = broken.some((problem) => problem.owner === "") ? "config_invalid" : "connection_invalid";
  const message = `${what}: ${change.path} would no longer be right, so nothing was changed. Mend what is to be written:${problemLines(broken)}`;
  const details = {
    path: change.path,
    problems: broken.map((problem) => ({ path: problem.path, message: problem.message })),
  };
  throw new SluiceError(code, message, { details });
}

/** The same for the same problem of the same connection, wherever in the list it has moved. */
function signature({ owner, path, message }: OwnedProblem): string {
  return JSON.stringify([owner, path.replace(/^connections\[\d+\]/, ""), message]);
}
