import { mkdir } from "node:fs/promises";

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
