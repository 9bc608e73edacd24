import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { removeEmbedded, stopEmbedded } from "../../src/databases/postgres/embedded/embedded-postgres.ts";
import { isAlive, type ProcessIdentity, thisProcess } from "../../src/system/process-identity.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the run's own Postgres is or will be: the first test that asks for a database starts it. */
    postgresFolder: string;
  }
}

const PREFIX = "sluice-test-postgres-";

/** One Postgres for the whole run. It is kept, stopped, if a failed test left a database to look at. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const run = await mkdtemp(join(tmpdir(), PREFIX));
  // Open to the user that the server runs as when the tests are run by root.
  await chmod(run, 0o755);
  await writeFile(join(run, "owner.json"), JSON.stringify(thisProcess()));
  const folder = join(run, "postgres");
  project.provide("postgresFolder", folder);
  return async () => {
    const kept = await readFile(join(run, "kept"), "utf8").catch(() => "");
    if (kept !== "") {
      await stopEmbedded(folder, { force: true });
      process.stderr.write(
        `\nKept for a look until the next run: databases ${kept.trim().split("\n").join(", ")} in ${folder}\n`,
      );
      return;
    }
    await removeEmbedded(folder);
    await rm(run, { recursive: true, force: true });
  };
}

/** Of runs that were killed, and of runs whose databases were kept. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const run = join(tmpdir(), name);
    const owner = await readOwner(run);
    if (owner === undefined || isAlive(owner)) continue;
    await removeEmbedded(join(run, "postgres"));
    await rm(run, { recursive: true, force: true });
  }
}

async function readOwner(run: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(join(run, "owner.json"), "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
