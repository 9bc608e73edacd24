import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sluice, workspaceFolder } from "./command-harness.ts";

test("connectors show says what an option is unless it is given", async () => {
  const cwd = await workspaceFolder({ "config.json": { version: 1, connections: [], settings: {} } });
  expect((await sluice(["connectors", "new", "tides"], { cwd })).exit_code).toBe(0);
  const { stdout } = await sluice(["connectors", "show", "tides"], { cwd });
  expect(stdout).toMatch(/up_to +no +The last number to load\. Default: 10\./);
  const { json } = await sluice(["connectors", "show", "tides", "--json"], { cwd });
  expect(json().options).toMatchObject([{ name: "up_to", required: false, default: 10 }]);
});

test("connectors new names a way to test that does not hang on the Node of the PATH", async () => {
  const cwd = await workspaceFolder({ "config.json": { version: 1, connections: [], settings: {} } });
  const { json } = await sluice(["connectors", "new", "tides", "--json"], { cwd });
  expect(json().test.startsWith(`${process.execPath} `)).toBe(true);
  expect(await readFile(join(cwd, "connectors/tides.ts"), "utf8")).toContain('name: "tides"');
});
