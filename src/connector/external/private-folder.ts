import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isLeftBehind, ownedName } from "./owner-name.ts";
import type { ProgramContext } from "./program-context.ts";

/** A folder that only we can read, for files with secrets in them. It goes with the run, or with the next one. */
export interface PrivateFolder {
  path: string;
  /** Writes JSON into a new file that only we can read; returns its path. */
  write(name: string, content: unknown): Promise<string>;
}

export async function openPrivateFolder({ workspace, defer }: ProgramContext): Promise<PrivateFolder> {
  const parent = join(workspace, ".sluice", "private");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  await removeOrphans(parent);
  const path = join(parent, ownedName());
  await mkdir(path, { mode: 0o700 });
  defer(() => rm(path, { recursive: true, force: true }));
  return {
    path,
    async write(name, content) {
      const file = join(path, `${randomUUID().slice(0, 8)}-${name}`);
      await writeFile(file, JSON.stringify(content), { mode: 0o600, flag: "wx" });
      return file;
    },
  };
}

/** A run that was killed could not remove its own. */
async function removeOrphans(parent: string): Promise<void> {
  for (const name of await readdir(parent))
    if (isLeftBehind(name)) await rm(join(parent, name), { recursive: true, force: true });
}
