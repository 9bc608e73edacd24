import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startHttpServer } from "../harness/http-server.ts";
import { configOf, sluice, workspaceFolder } from "./command-harness.ts";

const CLIENT = "client-of-the-books";

/** A login service: remembers the challenge of each login, and exchanges a code once, for who has its verifier. */
async function loginService() {
  const { createHash } = await import("node:crypto");
  const challenges = new Map<string, string>();
  const server = await startHttpServer(({ path, body }) => {
    if (path !== "/connect/token") return { status: 404 };
    const form = new URLSearchParams(body);
    const code = form.get("code") ?? "";
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const good = challenges.get(code) === challenge && form.get("client_id") === CLIENT;
    challenges.delete(code);
    if (!good) return { status: 400, json: { error: "invalid_grant" } };
    return { json: { access_token: "an-access-token", refresh_token: "the-new-refresh-token", expires_in: 1800 } };
  });
  /** What the service does when a person allows access at that address: where it sends them. */
  const allow = (address: string, code = "a-code-for-one-use") => {
    const { searchParams: asked } = new URL(address);
    challenges.set(code, asked.get("code_challenge") ?? "");
    return `${asked.get("redirect_uri")}?code=${code}&state=${asked.get("state")}`;
  };
  return { server, allow };
}

async function books(url: string, secrets = `client_id = "${CLIENT}"`) {
  const id = "0193f0c2-7d1e-7c55-9b0e-000000000001";
  const schema = { options: { api_url: url, login_url: url } };
  return workspaceFolder({
    "config.json": configOf({ id, name: "books", type: "xero", enabled: true, schema }),
    ".dlt/secrets.toml": `[sources.books]\n${secrets}\n`,
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ADDRESS = /^http\S+$/m;

test("a login in the browser ends at a local address, and its refresh token is kept, not shown", async () => {
  const { server, allow } = await loginService();
  await using _ = server;
  const cwd = await books(server.url);
  const shown = Promise.withResolvers<string>();
  const login = sluice(["connections", "login", "books", "--port", String(await freePort())], {
    cwd,
    onStderr: shown.resolve,
  });
  const address = ADDRESS.exec(await shown.promise)?.[0] ?? "";
  expect(new URL(address).searchParams.get("scope")).toContain("offline_access");
  const back = allow(address).replace("localhost", "127.0.0.1");
  expect(await (await fetch(back)).text()).toContain("can be closed");
  const { exit_code, stdout, stderr } = await login;
  expect([exit_code, stdout]).toEqual([0, expect.stringContaining("books is logged in")]);
  expect(stdout + stderr).not.toContain("the-new-refresh-token");
  expect(await readFile(join(cwd, ".dlt/secrets.toml"), "utf8")).toContain('refresh_token = "the-new-refresh-token"');
});

test("without a browser the address that the login ended at is pasted", async () => {
  const { server, allow } = await loginService();
  await using _ = server;
  const cwd = await books(server.url);
  const { PassThrough } = await import("node:stream");
  const stdin = new PassThrough();
  const onStderr = (text: string) => void stdin.end(allow(ADDRESS.exec(text)?.[0] ?? ""));
  const { exit_code } = await sluice(["connections", "login", "books", "--paste"], { cwd, stdin, onStderr });
  expect(exit_code).toBe(0);
  expect(await readFile(join(cwd, ".dlt/secrets.toml"), "utf8")).toContain("the-new-refresh-token");
});

test.each([
  ["http://localhost:8765/callback?code=x&state=other", "belongs to another login"],
  ["http://localhost:8765/callback?error=access_denied", "access_denied"],
  ["a-code-that-nobody-gave", "the credentials are not accepted|invalid_grant"],
])("what is pasted must answer this login: %s", async (stdin, message) => {
  const { server } = await loginService();
  await using _ = server;
  const cwd = await books(server.url);
  const { exit_code, stderr } = await sluice(["connections", "login", "books", "--paste"], { cwd, stdin });
  expect(exit_code).toBe(3);
  expect(stderr).toMatch(new RegExp(message, "i"));
  expect(server.requests.length).toBeLessThan(2);
  expect(await readFile(join(cwd, ".dlt/secrets.toml"), "utf8")).not.toContain("refresh_token");
});

test("a login that cannot begin says why", async () => {
  const cwd = await books("https://login.example.com", "");
  const missing = await sluice(["connections", "login", "books"], { cwd });
  expect([missing.exit_code, missing.stderr]).toEqual([
    3,
    expect.stringContaining("sluice secrets set books client_id"),
  ]);
  const files = { id: "0193f0c2-7d1e-7c55-9b0e-000000000002", name: "local", type: "files", enabled: true };
  const other = await workspaceFolder({
    "config.json": configOf({ ...files, schema: { options: { path: "a.csv" } } }),
  });
  const none = await sluice(["connections", "login", "local"], { cwd: other });
  expect([none.exit_code, none.stderr]).toEqual([2, expect.stringContaining("has no login in a browser")]);
});
