import { chmod, chown, readdir } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The user who owns nothing, by the number that every Linux gives it. */
const NOBODY = 65_534;

/**
 * Takes away the right to write to a folder and to all that is in it, until the test ends. As root nothing can be taken
 * away, so that this process goes on as nobody then.
 */
export async function makeUnwritable(folder: string): Promise<void> {
  const { geteuid, seteuid } = process;
  const isRoot = geteuid?.() === 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = [folder, ...entries.map(({ parentPath, name }) => join(parentPath, name))];
  for (const path of paths) if (isRoot) await chown(path, NOBODY, NOBODY);
  for (const path of paths) await chmod(path, 0o555);
  onTestFinished(async () => {
    if (isRoot) seteuid?.(0);
    for (const path of paths) await chmod(path, 0o755);
  });
  if (isRoot) seteuid?.(NOBODY);
}
