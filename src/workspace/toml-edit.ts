import { isDeepStrictEqual } from "node:util";
import { SluiceError } from "../core/errors.ts";
import { lostComments } from "./toml-comments.ts";
import { isTomlTable, parseToml, type TomlTable, type TomlValue } from "./toml-text.ts";

export type TomlScalar = string | number | boolean;

export interface TomlChange {
  path: readonly string[];
  /** Undefined takes the value, or the whole table, out. */
  value: TomlScalar | TomlTable | undefined;
}

/**
 * Changes one value of a TOML document and nothing else. The result is parsed again: it must say exactly what was
 * intended and still hold every comment, or the edit is refused with `secrets_uneditable`. Returns the same text when it
 * says so already. The text itself must parse.
 */
export async function editToml(text: string, change: TomlChange): Promise<string> {
  const before = plain(parseToml(text)) as TomlTable;
  const wanted = plain(before) as TomlTable;
  apply(wanted, change);
  if (isDeepStrictEqual(before, wanted)) return text;
  for (const attempt of [appendSection, patchInPlace]) {
    const edited = await attempt(text, before, change);
    if (edited !== undefined && says(edited, wanted) && lostComments(text, edited).length === 0) return edited;
  }
  const key = change.path.join(".");
  const message = `changing ${key} in the secrets file: it could not be done without touching something else, so nothing was changed. Change that value with an editor.`;
  throw new SluiceError("secrets_uneditable", message, { details: { key } });
}

/** A table that is not there yet gets its own section at the end, as a person would write it. */
async function appendSection(
  text: string,
  before: TomlTable,
  { path, value }: TomlChange,
): Promise<string | undefined> {
  if (value === undefined) return undefined;
  const table = isTomlTable(value) ? path : path.slice(0, -1);
  if (table.length === 0 || lookUp(before, table) !== undefined) return undefined;
  const lines = isTomlTable(value)
    ? sectionLines(path, value)
    : sectionLines(table, { [path.at(-1) as string]: value });
  const newline = newlineOf(text);
  const start = withFinalNewline(text);
  const gap = text.trim() === "" || /\n\r?\n$/.test(text) ? "" : newline;
  return start + gap + lines.map((line) => line + newline).join("");
}

/** The patcher gets lines that end in a bare newline: it miscounts in values of several lines that end otherwise. */
async function patchInPlace(text: string, _before: TomlTable, change: TomlChange): Promise<string | undefined> {
  const { parse, patch } = await import("@decimalturn/toml-patch");
  try {
    const whole = withFinalNewline(text);
    const windows = whole.split("\n").length === whole.split("\r\n").length;
    const plainLines = windows ? whole.replaceAll("\r\n", "\n") : whole;
    const wanted = parse(plainLines) as TomlTable;
    apply(wanted, change);
    const patched = withComments(plainLines, patch(plainLines, wanted));
    return windows ? patched.replaceAll("\n", "\r\n") : patched;
  } catch {
    // Whatever the patcher cannot do is an edit that we refuse.
    return undefined;
  }
}

/** The patcher takes away a removed value's comments with it. They stay, where the value stood. */
function withComments(before: string, after: string): string {
  const lost = lostComments(before, after);
  if (lost.length === 0) return after;
  const newline = newlineOf(before);
  const oldLines = before.split(newline);
  const newLines = after.split(newline);
  let same = 0;
  while (same < newLines.length && oldLines[same] === newLines[same]) same++;
  newLines.splice(same, 0, ...lost);
  return newLines.join(newline);
}

/** The patcher breaks a last line without a newline when something has to come after it. */
function withFinalNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : text + newlineOf(text);
}

function newlineOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function says(text: string, wanted: TomlTable): boolean {
  try {
    return isDeepStrictEqual(plain(parseToml(text)), wanted);
  } catch {
    return false;
  }
}

function apply(root: TomlTable, { path, value }: TomlChange): void {
  const last = path.at(-1) as string;
  let table = root;
  for (const key of path.slice(0, -1)) {
    if (!isTomlTable(table[key])) {
      if (value === undefined) return;
      table[key] = {};
    }
    table = table[key] as TomlTable;
  }
  if (value === undefined) delete table[last];
  else table[last] = value;
}

function lookUp(root: TomlTable, path: readonly string[]): TomlValue | undefined {
  return path.reduce<TomlValue | undefined>((value, key) => (isTomlTable(value) ? value[key] : undefined), root);
}

function sectionLines(path: readonly string[], table: TomlTable): string[] {
  const lines = [`[${path.map(keyText).join(".")}]`];
  const inner: string[] = [];
  for (const [key, value] of Object.entries(table)) {
    if (isTomlTable(value)) inner.push("", ...sectionLines([...path, key], value));
    else lines.push(`${keyText(key)} = ${valueText(value)}`);
  }
  return [...lines, ...inner];
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : stringText(key);
}

function valueText(value: TomlValue): string {
  if (typeof value === "string") return stringText(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return value instanceof Date ? value.toISOString() : String(value);
}

/** A basic string. JSON's escapes are TOML's, save that TOML also wants the delete character escaped. */
function stringText(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/** Tables and lists as plain objects and lists, so that they can be compared and changed. */
function plain(value: TomlValue): TomlValue {
  if (Array.isArray(value)) return value.map(plain);
  if (!isTomlTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
