import { chmod, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkspace } from "../../src/workspace/locate.ts";
import { readSecrets, setSecret, unsetSecret } from "../../src/workspace/secrets-file.ts";
import { temporaryWorkspace, textOf } from "./temporary-workspace.ts";

const PATH = ["sources", "board", "token"];

test("a file that is not there holds nothing, and is made readable for its owner only", async () => {
  const ws = await temporaryWorkspace();
  expect(await readSecrets(ws)).toEqual({});
  await unsetSecret(ws, PATH);
  expect(await readdir(ws.root)).toEqual([]);
  await setSecret(ws, PATH, "t");
  expect(await textOf(ws.paths.secrets)).toBe('[sources.board]\ntoken = "t"\n');
  expect((await stat(ws.paths.secrets)).mode & 0o777).toBe(0o600);
});

test("a file that others can read is refused until it is closed to them or that is said to be meant", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": "a = 1" });
  for (const mode of [0o644, 0o640, 0o604]) {
    await chmod(ws.paths.secrets, mode);
    await expect(readSecrets(ws)).rejects.toMatchObject({
      code: "secrets_exposed",
      message: expect.stringContaining(`chmod 600 ${ws.paths.secrets}`),
    });
  }
  const allowed = openWorkspace({ workspace: ws.root, env: { SLUICE_ALLOW_EXPOSED_SECRETS: "1" } });
  expect(await readSecrets(allowed)).toEqual({ a: 1 });
});

test("writing closes a file to others and backs up what was there, closed as well", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": "# mine\n[sources.board]\ntoken = 'old'\n" });
  await chmod(ws.paths.secrets, 0o644);
  await setSecret(ws, PATH, "new");
  expect((await stat(ws.paths.secrets)).mode & 0o777).toBe(0o600);
  const [backup = ""] = await readdir(ws.paths.backups);
  expect((await stat(join(ws.paths.backups, backup))).mode & 0o777).toBe(0o600);
  expect(await textOf(join(ws.paths.backups, backup))).toContain("token = 'old'");
});

test("setting what stands there already writes nothing", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": "[sources.board]\ntoken = 'same'\n" });
  await setSecret(ws, PATH, "same");
  expect(await readdir(ws.root)).toEqual([".dlt"]);
});

test("broken TOML is reported with its place, without a word of its content, and never overwritten", async () => {
  const broken = '[sources.board]\ntoken = "harmless-one"\npassword = hunter2-secret\n';
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": broken });
  for (const attempt of [() => readSecrets(ws), () => setSecret(ws, PATH, "x"), () => unsetSecret(ws, PATH)]) {
    const error = await attempt().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: "secrets_unreadable", details: { line: 3 } });
    expect(`${error?.message} ${String(error?.cause)} ${error?.stack}`).not.toMatch(/hunter2|harmless/);
  }
  expect(await textOf(ws.paths.secrets)).toBe(broken);
});

test("values set at the same time all arrive", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": "# top\n" });
  const fields = Array.from({ length: 10 }, (_, n) => `field_${n}`);
  await Promise.all(fields.map((field) => setSecret(ws, ["sources", "board", field], `value of ${field}`)));
  const expected = Object.fromEntries(fields.map((field) => [field, `value of ${field}`]));
  expect(await readSecrets(ws)).toEqual({ sources: { board: expected } });
  expect(await textOf(ws.paths.secrets)).toMatch(/^# top\n/);
});

test("a secrets file that is a folder is reported as unreadable", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml/x": "" });
  await expect(readSecrets(ws)).rejects.toMatchObject({ code: "secrets_unreadable" });
});
