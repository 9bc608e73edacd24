import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ProcessIdentity, processStatus, thisProcess } from "../../system/process-identity.ts";
import type { ProgramContext } from "./program-context.ts";

/** A folder that only we can read, for files with secrets in them. It goes with the run, or with the next one. */
export interface PrivateFolder {
  path: string;
  /** Writes JSON into a new file that only we can read; returns its path. */
  write(name: string, content: unknown): Promise<string>;
}

/** Names end in what `mkdtemp` adds: `<pid>-<start time>-a1B2c3`. */
const NAME = /^(\d+)-(.*)-[^-]+$/;

export async function openPrivateFolder({ workspace, defer }: ProgramContext): Promise<PrivateFolder> {
  const parent = join(workspace, ".sluice", "private");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  await removeOrphans(parent);
  const { pid, started } = thisProcess();
  const path = await mkdtemp(join(parent, `${pid}-${encodeURIComponent(started)}-`));
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
  for (const name of await readdir(parent)) {
    const [, pid, started = ""] = NAME.exec(name) ?? [];
    const isDead = pid !== undefined && isDeadOwner({ pid: Number(pid), started: decodeURIComponent(started) });
    if (isDead) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isDeadOwner(owner: ProcessIdentity): boolean {
  return processStatus(owner) === "dead";
}
