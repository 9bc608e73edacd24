import { chmod, mkdir, mkdtemp, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { completeBinaries, prepareBinaries } from "../../../../src/databases/postgres/embedded/binaries.ts";
import { findServerUser, isRoot } from "../../../../src/databases/postgres/embedded/server-user.ts";
import { runChild } from "../../../../src/system/child-process.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-binaries-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("the programs that are shipped can be run where they are", async () => {
  const binaries = await prepareBinaries(folder, undefined);
  const said = await runChild(binaries.postgres, ["--version"]);
  expect(said.stdout).toContain(`(PostgreSQL) ${binaries.major}.`);
});

test("links and modes that the package's install script did not set are set on first use", async () => {
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "lib"));
  for (const program of ["postgres", "initdb"]) await writeFile(join(folder, "bin", program), "", { mode: 0o644 });
  await writeFile(join(folder, "lib", "libx.so.1.2"), "");
  const links = [{ source: "native/lib/libx.so.1.2", target: "native/lib/libx.so.1" }];
  await writeFile(join(folder, "pg-symlinks.json"), JSON.stringify(links));
  expect(await completeBinaries(folder)).toBe(true);
  expect(await completeBinaries(folder)).toBe(true);
  expect(await readlink(join(folder, "lib", "libx.so.1"))).toBe("libx.so.1.2");
  expect((await stat(join(folder, "bin", "postgres"))).mode & 0o555).toBe(0o555);
});

test.runIf(isRoot())("programs that the server's user cannot reach are copied to where it can", async () => {
  const nobody = { name: "someone without access", uid: 54_321, gid: 54_321 };
  await chmod(folder, 0o755);
  const cache = join(folder, "cache");
  const user = await findServerUser();
  const closed = await prepareBinaries(cache, nobody, async () => false);
  expect(closed.postgres.startsWith(cache)).toBe(true);
  const said = await runChild(closed.postgres, ["--version"], { uid: user.uid, gid: user.gid, env: {} });
  expect(said.stdout).toContain("(PostgreSQL)");
  expect(await prepareBinaries(cache, nobody, async () => false)).toEqual(closed);
});
