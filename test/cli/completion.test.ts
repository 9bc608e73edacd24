import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { configOf, fileConnection, ROOT, sluice, workspaceFolder } from "./command-harness.ts";

const run = promisify(execFile);

async function offered(words: string[], cwd: string): Promise<string[]> {
  const { stdout } = await sluice(["__complete", ...words], { cwd });
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] as string]));
}

async function workspace(): Promise<string> {
  const config = configOf(
    fileConnection(1, "orders", {
      tags: ["shop"],
      schema: { streams: { cards: { mode: "merge" } } },
      state: { version: 1, streams: { cards: { cursor: 1 }, notes: { cursor: 2 } } },
    }),
    { name: "broken" },
    fileConnection(2, "lines", { schema: { streams: { pages: {} } } }),
  );
  return workspaceFolder({ "config.json": config, "connectors/board.ts": "" });
}

describe("completion", () => {
  test.each([
    [["conn"], ["connections", "connectors"]],
    [
      ["connections", "re"],
      ["rename", "remove"],
    ],
    [
      ["connections", "show", ""],
      ["orders", "broken", "lines"],
    ],
    [
      ["run", "orders", ""],
      ["broken", "lines"],
    ],
    [["run", "--tag", ""], ["shop"]],
    [["run", "--re"], ["--retries"]],
    [["connections", "add", "x", "--type", "bo"], ["board"]],
    [["runs", "list", "--status", "su"], ["success"]],
    [["runs", "show", "la"], ["latest"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["--json", "connections", "sh"], ["show"]],
    [["connections", "list", "--workspace", ""], [":folder"]],
    [["nonsense", ""], []],
    [
      ["run", "orders", "--stream", ""],
      ["cards", "notes"],
    ],
    [
      ["runs", "logs", "--stream", ""],
      ["cards", "notes", "pages"],
    ],
    [["state", "set", "lines", ""], ["pages"]],
    [["runs", "logs", "--connection", "lines", "--kind", "checkpoint"], ["checkpoint.commit"]],
    [["run", "--tag=sh"], ["--tag=shop"]],
    [["run", "--tag", "=", "sh"], ["shop"]],
    [["run", "--tag", "="], ["shop"]],
  ])("offers for %j: %j", async (words, expected) => {
    expect(await offered(words, await workspace())).toEqual(expected);
  });

  test("offers the names of the workspace that --workspace names", async () => {
    const folder = await workspace();
    expect(await offered(["--workspace", folder, "run", "ord"], "/")).toEqual(["orders"]);
    expect(await offered(["run", "--workspace", folder, "ord"], "/")).toEqual(["orders"]);
  });

  test("stays silent where config.json is broken", async () => {
    const { stdout, stderr, exit_code } = await sluice(["__complete", "run", ""], {
      cwd: await workspaceFolder({ "config.json": "{ broken" }),
    });
    expect([stdout, stderr, exit_code]).toEqual(["", "", 0]);
  });

  test.each(["bash", "zsh", "fish"])("has a script for %s", async (shell) => {
    const { stdout, exit_code } = await sluice(["completion", shell]);
    expect(exit_code).toBe(0);
    expect(stdout).toContain("__complete");
  });

  test("names the shells there are when asked for another", async () => {
    const { stderr, exit_code } = await sluice(["completion", "csh"]);
    expect([exit_code, stderr]).toEqual([2, expect.stringContaining("bash, zsh, fish")]);
  });

  test("works in a real bash", async () => {
    const cwd = await workspace();
    const { stdout: script } = await sluice(["completion", "bash"]);
    const command = join(cwd, "sluice");
    await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "src/main.ts")}" "$@"\n`);
    await chmod(command, 0o755);
    const typed = `${script}\nCOMP_WORDS=(${command} connections show or); COMP_CWORD=3\n_sluice ${command} or show\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run("bash", ["-c", typed], { cwd });
    expect(stdout).toBe("orders\n");
  });
});
