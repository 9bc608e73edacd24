import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../core/errors.ts";
import { isJsonObject } from "../core/json.ts";
import { writeFileAtomic } from "../system/atomic-file.ts";
import type { Workspace } from "./locate.ts";

/**
 * Credentials that a service has replaced although they were configured somewhere we cannot write: one file each, named
 * by a hash of the configured value, so that a new configured value puts the stored one out of use.
 */

export async function storeRotated(
  ws: Workspace,
  field: string,
  { configured, value }: { configured: string; value: string },
): Promise<void> {
  await mkdir(folderOf(ws), { recursive: true, mode: 0o700 });
  const content = { field, rotated_at: new Date().toISOString(), value };
  await writeFileAtomic(pathOf(ws, field, configured), `${JSON.stringify(content)}\n`, { mode: 0o600 });
}

/** Throws `secrets_unreadable` when there is one that cannot be read: the configured value is worthless then. */
export async function readRotated(
  ws: Workspace,
  field: string,
  configured: string,
): Promise<{ value: string; path: string } | undefined> {
  const path = pathOf(ws, field, configured);
  try {
    const stored: unknown = JSON.parse(await readFile(path, "utf8"));
    if (isJsonObject(stored) && typeof stored.value === "string") return { value: stored.value, path };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  }
  const message = `reading ${path}, which holds the renewed ${field}: it could not be read. Configure a new ${field}, or mend the file's permissions.`;
  throw new SluiceError("secrets_unreadable", message, { details: { path } });
}

function folderOf(ws: Workspace): string {
  return join(ws.paths.internal, "tokens");
}

function pathOf(ws: Workspace, field: string, configured: string): string {
  return join(folderOf(ws), `${createHash("sha256").update(`${field}\0${configured}`).digest("hex")}.json`);
}
