import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configOf, fileConnection, sluice, workspaceFolder } from "./command-harness.ts";

async function workspace() {
  const cwd = await workspaceFolder({ "config.json": configOf(fileConnection(1, "orders")) });
  const settings = async () => JSON.parse(await readFile(join(cwd, "config.json"), "utf8")).settings;
  return { cwd, settings };
}

describe("settings", () => {
  test("are shown with what each means, set and taken back", async () => {
    const { cwd, settings } = await workspace();
    const set = await sluice(["settings", "set", "retries=5", "timeout_s=3600", "--json"], { cwd });
    expect([set.exit_code, set.json().settings]).toMatchObject([0, { retries: 5, timeout_s: 3600 }]);
    expect((await sluice(["settings", "show"], { cwd })).stdout).toMatch(/retries +5 +How often a run is tried again/);
    expect((await sluice(["settings", "unset", "timeout_s"], { cwd })).exit_code).toBe(0);
    expect(await settings()).toMatchObject({ retries: 5 });
    expect(await settings()).not.toHaveProperty("timeout_s");
  });

  test("that do not fit are all told of, and nothing is written", async () => {
    const { cwd, settings } = await workspace();
    const before = await settings();
    const { exit_code, stderr } = await sluice(["settings", "set", "retrys=5", "timeout_s=soon"], { cwd });
    expect(exit_code).toBe(2);
    expect(stderr).toMatch(/settings\.timeout_s: must be a number, not a text/);
    expect(stderr).toMatch(/settings\.retrys: is not a known key\. Did you mean "retries"\?/);
    expect(await settings()).toEqual(before);
    const { stderr: unset } = await sluice(["settings", "unset", "retrys"], { cwd });
    expect(unset).toContain('Did you mean "retries"?');
  });
});
