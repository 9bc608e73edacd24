import { mkdir } from "node:fs/promises";
import { SluiceError } from "../core/errors.ts";

/**
 * Makes a folder and its parents. On a read-only disk Node's own recursive `mkdir` says ENOENT, which sends people to
 * look for a folder that is there; a plain one says what it is.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") await mkdir(path);
    throw error;
  }
}

/** What is to be said when a folder or a file of the workspace cannot be made. */
export function cannotWrite(doing: string, path: string, cause: unknown): SluiceError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const text = `${doing}: ${path} cannot be made: ${message}. Check the folder's permissions and the disk's free space.`;
  return new SluiceError("file_unwritable", text, { cause, details: { path, errno: code } });
}
