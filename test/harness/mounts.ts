import { execFile } from "node:child_process";
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Whether a file system may be mounted here: as root, but not as the root of most containers. Tests that need one have
 * a companion that everybody can run (a limit on the size of files, the device that is always full, a file in the way).
 */
export const mayMount = await tryMount();

async function tryMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-mount-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
    await run("umount", ["-l", folder]);
    return true;
  } catch {
    return false;
  } finally {
    await rmdir(folder);
  }
}
