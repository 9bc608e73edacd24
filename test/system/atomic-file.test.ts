import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { writeFileAtomic, writeFileExclusive } from "../../src/system/atomic-file.ts";
import { Overtaken } from "../../src/system/replace-file.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-atomic-"));
  path = join(folder, "file.json");
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

test("a file is replaced whole and keeps its permissions", async () => {
  await writeFile(path, "old");
  await chmod(path, 0o640);
  await writeFileAtomic(path, "new");
  expect(await readFile(path, "utf8")).toBe("new");
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect(await readdir(folder)).toEqual(["file.json"]);
});

test("the mode that is asked for is the mode it gets", async () => {
  await writeFileAtomic(path, "secret", { mode: 0o600 });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a symlink stays a symlink and what it leads to is replaced, even where that is not there yet", async () => {
  await symlink("target.json", path);
  await writeFileAtomic(path, "first");
  await writeFileAtomic(path, "second");
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, "target.json"), "utf8")).toBe("second");
});

test("a new file never takes the place of another", async () => {
  await writeFileExclusive(path, "first");
  await expect(writeFileExclusive(path, "second")).rejects.toMatchObject({ code: "EEXIST" });
  expect(await readFile(path, "utf8")).toBe("first");
  expect(await readdir(folder)).toEqual(["file.json"]);
});

test("a file that somebody has saved since it was read stays as they saved it", async () => {
  await writeFile(path, "theirs");
  await expect(writeFileAtomic(path, "new", { expected: "old" })).rejects.toThrow(Overtaken);
  expect(await readFile(path, "utf8")).toBe("theirs");
  await expect(writeFileAtomic(path, "new", { expected: undefined })).rejects.toThrow(Overtaken);
  expect(await readFile(path, "utf8")).toBe("theirs");
  await rm(path);
  await expect(writeFileAtomic(path, "new", { expected: "old" })).rejects.toThrow(Overtaken);
  expect(await readdir(folder)).toEqual([]);
});

test("no save of an editor is lost to a write, however close together they come", async () => {
  await writeFile(path, "edit 0.");
  const editor = spawn(process.execPath, [join(import.meta.dirname, "file-editor.ts"), path, "1500"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let lost = "";
  editor.stdout.on("data", (chunk) => {
    lost += chunk;
  });
  const ended = once(editor, "exit");
  let [written, overtaken] = [0, 0];
  while (editor.exitCode === null && editor.signalCode === null) {
    const expected = await readFile(path, "utf8");
    if (expected === "") continue;
    const outcome = await writeFileAtomic(path, `${expected}!`, { expected }).catch((error) => error);
    if (outcome !== undefined) expect(outcome).toBeInstanceOf(Overtaken);
    if (outcome === undefined) written++;
    else overtaken++;
  }
  expect((await ended)[0]).toBe(0);
  expect(lost).toBe("");
  expect(written).toBeGreaterThan(10);
  expect(overtaken).toBeGreaterThan(10);
  expect((await readdir(folder)).filter((name) => !name.endsWith(".swp"))).toEqual(["file.json"]);
});

test("a folder that is not there is an error that says so", async () => {
  const write = writeFileAtomic(join(folder, "missing", "file.json"), "x");
  await expect(write).rejects.toMatchObject({ code: "file_unwritable", details: { errno: "ENOENT" } });
});

test("a write that the system cuts short leaves the old content and is named", async () => {
  await writeFile(path, "old");
  const limited = spawn(
    "sh",
    [
      "-c",
      `ulimit -f 8; trap '' XFSZ; exec "$0" "$@"`,
      process.execPath,
      join(import.meta.dirname, "big-writer.ts"),
      path,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [said] = await once(limited.stdout, "data");
  expect(String(said).trim()).toBe("file_unwritable EFBIG");
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["file.json"]);
});

test("what a crash left beside a file an hour ago goes with the next write; what is younger is somebody's", async () => {
  const [old, young, other] = [
    ".file.json.17-0a1b2c3d.tmp",
    ".file.json.18-0a1b2c3d.tmp",
    ".other.json.19-0a1b2c3d.tmp",
  ];
  const anHourAgo = new Date(Date.now() - 3_700_000);
  for (const name of [old, young, other]) await writeFile(join(folder, name), "half");
  for (const name of [old, other]) await utimes(join(folder, name), anHourAgo, anHourAgo);
  await writeFileAtomic(path, "whole");
  expect((await readdir(folder)).sort()).toEqual([young, other, "file.json"].sort());
});
