import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkspace } from "../../src/workspace/locate.ts";
import { temporaryWorkspace } from "./temporary-workspace.ts";

test("the folder asked for wins, then the environment, then the nearest config upwards, then the current folder", async () => {
  const { root } = await temporaryWorkspace({ "outer/config.json": {}, "outer/inner/deep/x": "" });
  const cwd = join(root, "outer", "inner", "deep");
  expect(openWorkspace({ workspace: "here", cwd, env: { SLUICE_WORKSPACE: "/there" } }).root).toBe(join(cwd, "here"));
  expect(openWorkspace({ cwd, env: { SLUICE_WORKSPACE: "/there" } }).root).toBe("/there");
  expect(openWorkspace({ cwd, env: {} }).root).toBe(join(root, "outer"));
  await mkdir(join(root, "bare"));
  expect(openWorkspace({ cwd: join(root, "bare"), env: {} }).root).toBe(join(root, "bare"));
});

test("paths from the environment are meant from the workspace, wherever the caller stands", async () => {
  const { root } = await temporaryWorkspace();
  const env = {
    ORCH_CONFIG_PATH: "conf/my.json",
    RUNS_DIR: "../runs",
    RUN_LOGS_DIR: "/var/log/runs",
    SECRETS_PATH: "",
  };
  const { paths } = openWorkspace({ workspace: root, cwd: "/", env });
  expect(paths).toMatchObject({
    config: join(root, "conf/my.json"),
    runs: join(root, "../runs"),
    run_logs: "/var/log/runs",
    secrets: join(root, ".dlt/secrets.toml"),
    backups: join(root, "backups"),
    locks: join(root, ".sluice/locks"),
  });
});

test("the workspace's .env is read and the shell wins over it", async () => {
  const { root } = await temporaryWorkspace({ ".env": 'BACKUPS_DIR=saved # here\nA="x y"\nB=file\n' });
  const ws = openWorkspace({ workspace: root, env: { B: "shell" } });
  expect(ws.env).toMatchObject({ A: "x y", B: "shell" });
  expect(ws.paths.backups).toBe(join(root, "saved"));
});
