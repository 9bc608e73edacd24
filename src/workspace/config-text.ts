import { readFile } from "node:fs/promises";
import { SluiceError } from "../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { CONFIG_VERSION, migrateConfig, versionOf } from "./config-migrations.ts";
import { JsonSyntaxError, parseJsonText, placeInText } from "./json-text.ts";
import type { Workspace } from "./locate.ts";

export interface ConfigText {
  path: string;
  /** As it stands in the file, byte order mark included. */
  content: string;
  /** What the file says, in its own version's shape. */
  asWritten: JsonObject;
  /** The same in today's shape. */
  raw: JsonObject;
}

const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Reads `config.json` without judging its shape. Throws `workspace_missing`, `config_unreadable`, `config_not_json` or
 * `config_newer`.
 */
export async function readConfigText(ws: Workspace): Promise<ConfigText> {
  const path = ws.paths.config;
  const content = await readContent(ws);
  const asWritten = parseContent(path, content);
  assertKnownVersion(path, asWritten);
  return { path, content, asWritten, raw: migrateConfig(asWritten) };
}

/** The JSON without the byte order mark that some editors put before it. */
export function splitMark(content: string): { mark: string; json: string } {
  return content.startsWith(BYTE_ORDER_MARK)
    ? { mark: BYTE_ORDER_MARK, json: content.slice(1) }
    : { mark: "", json: content };
}

async function readContent(ws: Workspace): Promise<string> {
  const path = ws.paths.config;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    const details = { path, errno: code };
    if (code === "ENOENT") {
      const message = `reading ${path}: there is no such file. Make a workspace with \`sluice init\`, or point --workspace at one.`;
      throw new SluiceError("workspace_missing", message, { cause: error, details });
    }
    const message = `reading ${path}: ${code}. Check that it is a file and that you may read it.`;
    throw new SluiceError("config_unreadable", message, { cause: error, details });
  }
}

function parseContent(path: string, content: string): JsonObject {
  const { json } = splitMark(content);
  if (json.trim() === "") {
    throw notJson(
      path,
      "it is empty. Nothing was changed. Restore a file from backups/, or begin anew with `sluice init`.",
    );
  }
  let value: JsonValue;
  try {
    value = JSON.parse(json) as JsonValue;
  } catch (error) {
    throw syntaxError(path, json, error);
  }
  if (isJsonObject(value)) return value;
  throw notJson(
    path,
    "it does not hold an object { … }. Nothing was changed. Mend it, or restore a file from backups/.",
  );
}

function syntaxError(path: string, json: string, cause: unknown): SluiceError {
  try {
    parseJsonText(json);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column, shown } = placeInText(json, error.offset);
    const { excerpt, caret } = excerptAround(shown, column);
    const text = `line ${line}, column ${column}: ${error.message}.\n  ${excerpt}\n  ${" ".repeat(caret)}^\nNothing was changed. Mend that place, or restore a file from backups/.`;
    return notJson(path, text, { line, column });
  }
  return notJson(path, `it is not valid JSON (${(cause as Error).message}). Nothing was changed.`);
}

/** Lines are cut to this many characters around the place, so that a file on one line does not fill the screen. */
const SHOWN_WIDTH = 80;

function excerptAround(line: string, column: number): { excerpt: string; caret: number } {
  const start = Math.max(0, column - 1 - SHOWN_WIDTH / 2);
  return { excerpt: line.slice(start, start + SHOWN_WIDTH).replaceAll("\t", " "), caret: column - 1 - start };
}

function notJson(path: string, what: string, place: JsonObject = {}): SluiceError {
  return new SluiceError("config_not_json", `reading ${path}: ${what}`, { details: { path, ...place } });
}

function assertKnownVersion(path: string, config: JsonObject): void {
  const version = versionOf(config);
  if (version === undefined || version <= CONFIG_VERSION) return;
  const message = `reading ${path}: it has version ${version}, and this Sluice knows versions up to ${CONFIG_VERSION}. Upgrade Sluice; nothing was changed.`;
  throw new SluiceError("config_newer", message, { details: { path, version, known: CONFIG_VERSION } });
}
