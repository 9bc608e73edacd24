import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { sluice, workspaceFolder } from "./command-harness.ts";

describe("init", () => {
  test("makes a workspace that the other commands take", async () => {
    const cwd = await workspaceFolder();
    const { exit_code, json } = await sluice(["init", "--json"], { cwd });
    expect(exit_code).toBe(0);
    expect(json().workspace).toBe(cwd);
    expect(json().made).toEqual(expect.arrayContaining(["config.json", ".dlt/secrets.toml", "connectors/", "runs/"]));
    expect((await stat(join(cwd, ".dlt/secrets.toml"))).mode & 0o777).toBe(0o600);
    expect((await sluice(["connections", "list"], { cwd })).stdout).toContain("No connections yet");
    expect((await sluice(["secrets", "list"], { cwd })).stdout).toBe("No secrets.\n");
  });

  test("leaves everything that is there as it is", async () => {
    const files = {
      "config.json": '{"version":1,  "connections": []}',
      ".gitignore": "mine\n",
      ".dlt/secrets.toml": "# mine\n",
    };
    const cwd = await workspaceFolder(files);
    expect((await sluice(["init"], { cwd })).exit_code).toBe(0);
    for (const [path, content] of Object.entries(files)) expect(await readFile(join(cwd, path), "utf8")).toBe(content);
    expect((await sluice(["init", "--json"], { cwd })).json().made).toEqual([]);
  });

  test("fills a config.json that is empty: there is nothing in it to lose", async () => {
    const cwd = await workspaceFolder({ "config.json": "" });
    const { exit_code, stdout } = await sluice(["init"], { cwd });
    expect([exit_code, stdout]).toEqual([0, expect.stringContaining("config.json (it was empty)")]);
    expect((await sluice(["connections", "list", "--json"], { cwd })).json().connections).toEqual([]);
    expect((await readdir(cwd)).sort()).toEqual([
      ".dlt",
      ".gitignore",
      "config.json",
      "connectors",
      "run_logs",
      "runs",
    ]);
  });

  test("leaves a config.json alone that an editor is about to fill", async () => {
    const cwd = await workspaceFolder({ "config.json": "" });
    const making = sluice(["init"], { cwd });
    await setTimeout(50);
    const saved = '{"version":1,"connections":[]}';
    await writeFile(join(cwd, "config.json"), saved);
    await making;
    expect(await readFile(join(cwd, "config.json"), "utf8")).toBe(saved);
  });

  test("makes a workspace of its own inside another one", async () => {
    const outer = await workspaceFolder({ "config.json": { version: 1, connections: [] }, "inner/.keep": "" });
    const { json } = await sluice(["init", "--json"], { cwd: join(outer, "inner") });
    expect(json().workspace).toBe(join(outer, "inner"));
  });

  test("sets the destination that was asked for", async () => {
    const cwd = await workspaceFolder();
    await sluice(["init", "--destination", "postgres"], { cwd });
    const { settings } = JSON.parse(await readFile(join(cwd, "config.json"), "utf8"));
    expect(settings.destination).toBe("postgres");
  });
});
