import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configOf, fileConnection, sluice, workspaceFolder } from "./command-harness.ts";

const SECRET = "correct horse battery";

describe("secrets", () => {
  test("set reads the value from stdin into a file of mode 0600", async () => {
    const cwd = await workspaceFolder({ "config.json": configOf(fileConnection(1, "orders")) });
    const { exit_code, stdout, stderr } = await sluice(["secrets", "set", "orders", "token"], {
      cwd,
      stdin: `${SECRET}\n`,
    });
    expect(exit_code).toBe(0);
    const path = join(cwd, ".dlt/secrets.toml");
    expect(await readFile(path, "utf8")).toContain(`token = "${SECRET}"`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(stdout + stderr).not.toContain(SECRET);
  });

  test("set does not show what is typed", async () => {
    const cwd = await workspaceFolder({ "config.json": configOf(fileConnection(1, "orders")) });
    const { exit_code, stdout, stderr } = await sluice(["secrets", "set", "orders", "token"], {
      cwd,
      answers: [SECRET],
    });
    expect(exit_code).toBe(0);
    expect(stderr).toContain("sources.orders.token: ");
    expect(stdout + stderr).not.toContain(SECRET);
    expect(await readFile(join(cwd, ".dlt/secrets.toml"), "utf8")).toContain(SECRET);
  });

  test("set warns of an owner that nobody knows, and keeps the secret all the same", async () => {
    const cwd = await workspaceFolder({ "config.json": configOf(fileConnection(1, "orders")) });
    const { exit_code, stderr } = await sluice(["secrets", "set", "ordres", "token"], { cwd, stdin: SECRET });
    expect([exit_code, stderr]).toEqual([0, expect.stringContaining('Did you mean "orders"?')]);
  });

  test.each([
    ["api", "tokne", /api \(rest_api\) asks for no secret "tokne"\. Did you mean "token"\? It takes /],
    ["sources.rest_api", "pasword", /rest_api asks for no secret "pasword"\. Did you mean "password"\?/],
    ["orders", "token", /orders \(files\) asks for no secret "token"\. It takes none\./],
    ["destination.postgres", "pasword", /A destination has no "pasword"\. Did you mean "password"\? It takes host, /],
  ])("set warns of %s %s, which nobody asks for, and keeps it all the same", async (owner, field, warning) => {
    const api = { name: "api", type: "rest_api", schema: { options: { base_url: "https://x.test", streams: {} } } };
    const cwd = await workspaceFolder({ "config.json": configOf(fileConnection(1, "orders"), api) });
    const { exit_code, stdout, stderr } = await sluice(["secrets", "set", owner, field], { cwd, stdin: SECRET });
    expect([exit_code, stderr]).toEqual([0, expect.stringMatching(warning)]);
    expect(stdout).toContain(`${field} is set.`);
    expect(await readFile(join(cwd, ".dlt/secrets.toml"), "utf8")).toContain(`${field} = "${SECRET}"`);
  });

  test("set says nothing of a secret that is asked for, or that only a program knows", async () => {
    const api = { name: "api", type: "rest_api", schema: { options: { base_url: "https://x.test", streams: {} } } };
    const tap = { name: "tap", type: "singer", schema: { options: { command: ["tap"] } } };
    const cwd = await workspaceFolder({ "config.json": configOf(api, tap), "connectors/broken.ts": "const = 1" });
    for (const [owner, field] of [
      ["api", "token"],
      ["rest_api", "token"],
      ["tap", "whatever"],
      ["broken", "whatever"],
      ["destination.lake", "password"],
    ] as const) {
      const { exit_code, stderr } = await sluice(["secrets", "set", owner, field], { cwd, stdin: SECRET });
      expect([exit_code, stderr]).toEqual([0, ""]);
    }
  });

  test("set refuses an empty value", async () => {
    const cwd = await workspaceFolder({ "config.json": configOf() });
    expect((await sluice(["secrets", "set", "orders", "token"], { cwd, stdin: "\n" })).exit_code).toBe(2);
  });

  test("list tells names and where they are from, never values", async () => {
    const file = `[sources.orders]\ntoken = "${SECRET}"\n[destination.postgres.credentials]\npassword = "${SECRET}2"\n`;
    const cwd = await workspaceFolder({ "config.json": configOf(), ".dlt/secrets.toml": file });
    const { stdout, json } = await sluice(["secrets", "list", "--json"], {
      cwd,
      env: { SOURCES__LINES__KEY: `${SECRET}3` },
    });
    expect(stdout).not.toContain(SECRET);
    expect(json().secrets).toEqual([
      { section: "sources.orders", name: "token", from: "file" },
      { section: "destination.postgres.credentials", name: "password", from: "file" },
      { section: "sources.lines", name: "key", from: "environment" },
    ]);
    const only = await sluice(["secrets", "list", "destination.postgres", "--json"], { cwd });
    expect(only.json().secrets).toHaveLength(1);
  });

  test("unset takes one out after it was confirmed", async () => {
    const file = `# mine\n[sources.orders]\ntoken = "${SECRET}"\nkey = "other one"\n`;
    const cwd = await workspaceFolder({ "config.json": configOf(), ".dlt/secrets.toml": file });
    const asked = await sluice(["secrets", "unset", "orders", "token"], { cwd });
    expect([asked.exit_code, asked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
    expect((await sluice(["secrets", "unset", "orders", "token", "--yes"], { cwd })).exit_code).toBe(0);
    expect(await readFile(join(cwd, ".dlt/secrets.toml"), "utf8")).toBe(
      '# mine\n[sources.orders]\nkey = "other one"\n',
    );
  });
});
