import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { SluiceError } from "../core/errors.ts";
import { writeFileAtomic } from "../system/atomic-file.ts";
import { withFileLock } from "../system/file-lock.ts";
import { Overtaken } from "../system/replace-file.ts";
import { backupFile } from "./backups.ts";
import type { Workspace } from "./locate.ts";
import { editToml, type TomlChange, type TomlScalar } from "./toml-edit.ts";
import { isTomlTable, parseToml, TomlSyntaxError, type TomlTable, type TomlValue } from "./toml-text.ts";

/** What the secrets file says. Nothing of it may be shown: see `core/redaction.ts`. */
export type Secrets = TomlTable;

/** Only the owner may read the file and its backups. */
const SECRETS_MODE = 0o600;

/**
 * Reads `.dlt/secrets.toml`; a file that is not there holds nothing. Throws `secrets_exposed` when others on the machine
 * may read it (unless SLUICE_ALLOW_EXPOSED_SECRETS=1), and `secrets_unreadable`.
 */
export async function readSecrets(ws: Workspace): Promise<Secrets> {
  const path = ws.paths.secrets;
  const text = await readText(path);
  if (text === undefined) return {};
  await assertPrivate(ws, path);
  return parse(path, text);
}

/** Sets one value, `["sources", "team_board", "token"]`; all other text of the file, comments too, stays. */
export async function setSecret(ws: Workspace, path: readonly string[], value: TomlScalar): Promise<void> {
  await changeSecrets(ws, `setting the secret ${path.join(".")}`, () => [{ path, value }]);
}

/** Takes a value or a whole section out. Does nothing when it is not there. */
export async function unsetSecret(ws: Workspace, path: readonly string[]): Promise<void> {
  await changeSecrets(ws, `removing the secret ${path.join(".")}`, () => [{ path, value: undefined }]);
}

/** Copies a section, if there is one. Throws `connection_exists` where the new place holds something else. */
export async function copySecrets(ws: Workspace, from: readonly string[], to: readonly string[]): Promise<void> {
  await changeSecrets(ws, `copying the secrets of ${from.join(".")}`, (secrets) => {
    const section = secretAt(secrets, from);
    if (!isTomlTable(section)) return [];
    const there = secretAt(secrets, to);
    if (there !== undefined && !isDeepStrictEqual(there, section)) throw taken(ws, to);
    return [{ path: to, value: section }];
  });
}

export function secretAt(secrets: Secrets, path: readonly string[]): TomlValue | undefined {
  return path.reduce<TomlValue | undefined>(
    (value, key) => (isTomlTable(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    secrets,
  );
}

/**
 * The one way to change the secrets file: lock, read again, edit in place, back up, replace; mode 0600. A file that does
 * not parse is never overwritten.
 */
async function changeSecrets(
  ws: Workspace,
  purpose: string,
  decide: (secrets: Secrets) => readonly TomlChange[],
): Promise<void> {
  const path = ws.paths.secrets;
  const absent = (await readText(path)) === undefined;
  if (absent && decide({}).every(({ value }) => value === undefined)) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await withFileLock(path, { purpose }, async () => {
    for (;;) {
      const old = await readText(path);
      let text = old ?? "";
      for (const change of decide(parse(path, text))) text = await editToml(text, change);
      if (text === (old ?? "")) return;
      if (await replace(ws, old, text)) return;
    }
  });
}

/** False when an editor has saved the file in the meantime: what was to be changed is then changed in the new text. */
async function replace(ws: Workspace, old: string | undefined, text: string): Promise<boolean> {
  const path = ws.paths.secrets;
  if (old !== undefined) await backupFile(ws, path, { mode: SECRETS_MODE });
  try {
    await writeFileAtomic(path, text, { mode: SECRETS_MODE, expected: old });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    const message = `reading ${path}: ${code}. Check that it is a file and that you may read it.`;
    throw new SluiceError("secrets_unreadable", message, { cause: error, details: { path, errno: code } });
  }
}

function parse(path: string, text: string): Secrets {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlSyntaxError)) throw error;
    const { line, column, message: reason } = error;
    const message = `reading ${path}: line ${line}, column ${column}: ${reason}. Nothing was changed. Mend that line: texts stand in quotes, each key once.`;
    throw new SluiceError("secrets_unreadable", message, { details: { path, line, column } });
  }
}

async function assertPrivate(ws: Workspace, path: string): Promise<void> {
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0 || ws.env.SLUICE_ALLOW_EXPOSED_SECRETS === "1") return;
  const octal = mode.toString(8).padStart(4, "0");
  const message = `reading ${path}: others on this machine can get at it (mode ${octal}). Run \`chmod 600 ${path}\`, or set SLUICE_ALLOW_EXPOSED_SECRETS=1 if that is meant.`;
  throw new SluiceError("secrets_exposed", message, { details: { path, mode: octal } });
}

function taken(ws: Workspace, path: readonly string[]): SluiceError {
  const section = path.join(".");
  const message = `moving secrets to [${section}] in ${ws.paths.secrets}: there is such a section already. Take it out of the file, or choose another name.`;
  return new SluiceError("connection_exists", message, { details: { section } });
}
