import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, sluice, workspaceFolder } from "./command-harness.ts";

test("connectors show says what an option is unless it is given", async () => {
  const cwd = await workspaceFolder({ "config.json": { version: 1, connections: [], settings: {} } });
  expect((await sluice(["connectors", "new", "tides"], { cwd })).exit_code).toBe(0);
  const { stdout } = await sluice(["connectors", "show", "tides"], { cwd });
  expect(stdout).toMatch(/up_to +no +The last number to load\. Default: 10\./);
  const { json } = await sluice(["connectors", "show", "tides", "--json"], { cwd });
  expect(json().options).toMatchObject([{ name: "up_to", required: false, default: 10 }]);
});

test("connectors show says what an option may be, where its description does not", async () => {
  const { stdout } = await sluice(["connectors", "show", "files"]);
  expect(stdout).toMatch(/compression +no +How the files are packed\..* One of none, gzip, zstd\./);
  expect(stdout).toMatch(/on_ragged .* One of reject, fill\./);
  expect(stdout).not.toMatch(/on_changed .* One of/);
  const shown = await sluice(["connectors", "show", "files", "--json"]);
  expect(shown.json().options).toContainEqual(
    expect.objectContaining({ name: "on_ragged", choices: ["reject", "fill"] }),
  );
});

test("connectors new names a way to test that does not hang on the Node of the PATH", async () => {
  const cwd = await workspaceFolder({ "config.json": { version: 1, connections: [], settings: {} } });
  const { json } = await sluice(["connectors", "new", "tides", "--json"], { cwd });
  expect(json().test.startsWith(`${process.execPath} `)).toBe(true);
  expect(await readFile(join(cwd, "connectors/tides.ts"), "utf8")).toContain('name: "tides"');
});

test("what connectors new writes is as the linter wants it", async () => {
  const cwd = await workspaceFolder({ "config.json": { version: 1, connections: [], settings: {} } });
  await sluice(["connectors", "new", "tides"], { cwd });
  for (const path of ["connectors/tides.ts", "test/connectors/tides.test.ts"]) {
    const written = await readFile(join(cwd, path), "utf8");
    const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "check", "--write", `--stdin-file-path=${path}`];
    const checked = spawnSync(process.execPath, args, { cwd: ROOT, input: written, encoding: "utf8" });
    expect([checked.status, checked.stdout]).toEqual([0, written]);
  }
});

test("connectors import drafts streams from an OpenAPI description, and refuses what is none", async () => {
  const items = { type: "object", properties: { id: { type: "string" } } };
  const answer = { content: { "application/json": { schema: { type: "array", items } } } };
  const paths = { "/things": { get: { responses: { "200": answer } } } };
  const openapi = { openapi: "3.0.3", servers: [{ url: "https://api.example.com" }], paths };
  const cwd = await workspaceFolder({
    "api.json": openapi,
    "other.json": { swagger: "2.0" },
    "text.json": "openapi: 3",
  });
  const { exit_code, stdout, stderr } = await sluice(["connectors", "import", "api.json"], { cwd });
  expect([exit_code, JSON.parse(stdout).streams]).toEqual([
    0,
    { things: { path: "/things", records: "", primary_key: ["id"] } },
  ]);
  expect(stderr).toContain("1 stream drafted");
  for (const file of ["other.json", "text.json", "nothing.json"])
    expect((await sluice(["connectors", "import", file], { cwd })).exit_code).toBe(2);
});
