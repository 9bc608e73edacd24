import { expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { jumpingClock, startClient } from "./client-bench.ts";

test.each([
  [{ type: "bearer", token: "t0ken" }, { authorization: "Bearer t0ken" }],
  [{ type: "header", name: "X-Key", value: "t0ken" }, { "x-key": "t0ken" }],
  [{ type: "basic", username: "ada", password: "t:0" }, { authorization: `Basic ${btoa("ada:t:0")}` }],
] as const)("credentials are sent as %j says", async (auth, headers) => {
  await using server = await startHttpServer(() => ({ json: {} }));
  await using bench = startClient({ baseUrl: server.url, auth });
  await bench.client.get("/");
  expect(server.requests[0]?.headers).toMatchObject(headers);
  await bench.client.get("/", { auth: false });
  expect(server.requests[1]?.headers).not.toMatchObject(headers);
});

test("a secret with a line break in it is not retried, and said to be the fault", async () => {
  await using server = await startHttpServer(() => ({ json: {} }));
  await using bench = startClient({ baseUrl: server.url, auth: { type: "bearer", token: "t0ken\n" } });
  const error = (await bench.client.get("/").catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: "connection_invalid", message: expect.stringContaining("line breaks") });
  expect(`${error.message} ${error.cause}`).not.toContain("t0ken");
  expect(server.requests).toEqual([]);
});

test("a 401 is not retried, stops the run and names the secret and how to set it", async () => {
  await using server = await startHttpServer(() => ({
    status: 401,
    json: { error: { message: "Bad token t0ken-value" } },
  }));
  const auth = { type: "bearer", token: "t0ken-value", secret: "token" } as const;
  await using bench = startClient({ baseUrl: server.url, auth });
  await expect(bench.client.get("/cards", { doing: "reading page 3 of cards" })).rejects.toMatchObject({
    code: "credentials_rejected",
    recovery: "stop_run",
    exitCode: 3,
    message: `reading page 3 of cards: 401 from ${new URL(server.url).host}: "Bad token [redacted]". The credentials are not valid: set the secret \`token\` anew with \`sluice secrets set team_board token\`.`,
  });
  expect(server.requests).toHaveLength(1);
});

test("a 403 says what is not permitted, in the source's own words", async () => {
  await using server = await startHttpServer(() => ({ status: 403, json: { message: "Missing scope crm.read" } }));
  await using bench = startClient({ baseUrl: server.url, auth: { type: "bearer", token: "t0ken", secret: "token" } });
  await expect(bench.client.get("/contacts")).rejects.toMatchObject({
    code: "credentials_rejected",
    message: expect.stringMatching(/403 from .*: "Missing scope crm\.read".*do not permit .*\/contacts/),
  });
  expect(server.requests).toHaveLength(1);
});

const REFRESH = {
  type: "oauth2_refresh_token",
  clientId: "app",
  clientSecret: "app-secret",
  secret: "refresh_token",
} as const;

/** An API and its token endpoint: each login gives a new access token and a new refresh token. */
async function startApi(lifetime?: number) {
  const state = { refresh: "refresh-0", access: "access-0", logins: 0, revoked: false };
  const server = await startHttpServer(({ path, body, headers }) => {
    if (path === "/token") {
      const form = new URLSearchParams(body);
      const refreshing = form.get("grant_type") === "refresh_token";
      if (refreshing && form.get("refresh_token") !== state.refresh) {
        return { status: 400, json: { error: "invalid_grant", error_description: "Refresh token was used" } };
      }
      state.logins++;
      state.access = `access-${state.logins}`;
      if (refreshing) state.refresh = `refresh-${state.logins}`;
      const json = { access_token: state.access, token_type: "bearer", expires_in: lifetime };
      return { json: refreshing ? { ...json, refresh_token: state.refresh } : json };
    }
    const good = headers.authorization === `Bearer ${state.access}` && !state.revoked;
    return good ? { json: { ok: true } } : { status: 401, json: { message: "expired" } };
  });
  return { server, state, tokenUrl: `${server.url}/token`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("client credentials are changed for a token, once for all who need it", async () => {
  await using api = await startApi(3600);
  const auth = {
    type: "oauth2_client_credentials",
    clientId: "a b",
    clientSecret: "c:d",
    tokenUrl: api.tokenUrl,
  } as const;
  await using bench = startClient({ baseUrl: api.server.url, auth: { ...auth, scope: "read", clientAuth: "basic" } });
  const same = bench.another({ baseUrl: api.server.url, auth: { ...auth, scope: "read", clientAuth: "basic" } });
  await Promise.all([1, 2, 3, 4].map((index) => (index % 2 ? bench.client : same).json("/orders")));
  const logins = api.server.requests.filter(({ path }) => path === "/token");
  expect(logins.map(({ body }) => body)).toEqual(["grant_type=client_credentials&scope=read"]);
  expect(logins[0]?.headers.authorization).toBe(`Basic ${btoa("a%20b:c%3Ad")}`);
});

test("a token is renewed before it expires", async () => {
  await using api = await startApi(600);
  const clock = jumpingClock();
  const auth = { type: "oauth2_client_credentials", clientId: "a", clientSecret: "b", tokenUrl: api.tokenUrl } as const;
  await using bench = startClient({ baseUrl: api.server.url, auth, use: { clock } });
  await bench.client.json("/");
  await clock.sleep(500_000);
  await bench.client.json("/");
  expect(api.state.logins).toBe(1);
  await clock.sleep(60_000);
  await bench.client.json("/");
  expect(api.state.logins).toBe(2);
  expect(api.server.requests.every(({ path, headers }) => path === "/token" || headers.authorization)).toBe(true);
});

test("a new refresh token is stored before the access token that came with it is used", async () => {
  await using api = await startApi(3600);
  const seen: string[] = [];
  const learnt: string[] = [];
  const saveRefreshToken = async (value: string) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen.push(`${value} after ${api.server.requests.map(({ path }) => path)}`);
  };
  const auth = { ...REFRESH, tokenUrl: api.tokenUrl, refreshToken: "refresh-0", saveRefreshToken };
  await using bench = startClient({
    baseUrl: api.server.url,
    auth,
    use: { addSecrets: (values) => learnt.push(...values) },
  });
  await Promise.all([bench.client.json("/a"), bench.client.json("/b")]);
  expect(seen).toEqual(["refresh-1 after /token"]);
  expect(learnt).toEqual(["access-1", "refresh-1"]);
});

test("a refresh token that cannot be stored stops the run before its access token is used", async () => {
  await using api = await startApi(3600);
  const saveRefreshToken = () => Promise.reject(new Error("disk full"));
  const auth = { ...REFRESH, tokenUrl: api.tokenUrl, refreshToken: "refresh-0", saveRefreshToken };
  await using bench = startClient({ baseUrl: api.server.url, auth });
  await expect(bench.client.json("/a")).rejects.toThrow("disk full");
  expect(api.server.requests.map(({ path }) => path)).toEqual(["/token"]);
});

test("a token that expires between pages is renewed once, by whoever notices, and the request repeated", async () => {
  await using api = await startApi();
  const saved: string[] = [];
  const auth = {
    ...REFRESH,
    ...{ tokenUrl: api.tokenUrl, refreshToken: "refresh-0", accessToken: "access-0" },
    saveRefreshToken: async (value: string) => void saved.push(value),
  };
  await using bench = startClient({ baseUrl: api.server.url, auth });
  await bench.client.json("/page/1");
  expect(api.state.logins).toBe(0);
  api.state.access = "revoked elsewhere";
  const pages = ["/page/2", "/page/3", "/page/4"].map((path) => bench.client.post(path, { json: {} }));
  expect((await Promise.all(pages)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(saved).toEqual(["refresh-1"]);
});

test("a second 401 is final", async () => {
  await using api = await startApi();
  api.state.revoked = true;
  const auth = { ...REFRESH, tokenUrl: api.tokenUrl, refreshToken: "refresh-0", accessToken: "access-0" };
  await using bench = startClient({ baseUrl: api.server.url, auth });
  await expect(bench.client.json("/")).rejects.toMatchObject({
    code: "credentials_rejected",
    message: expect.stringContaining("`sluice secrets set team_board refresh_token`"),
  });
  expect(api.server.requests.map(({ path }) => path)).toEqual(["/", "/token", "/"]);
});

test("a refresh token that is no longer good is said to be so, in the source's words and without its value", async () => {
  await using api = await startApi();
  const auth = { ...REFRESH, tokenUrl: api.tokenUrl, refreshToken: "refresh-old" };
  await using bench = startClient({ baseUrl: api.server.url, auth });
  await expect(bench.client.json("/")).rejects.toMatchObject({
    code: "credentials_rejected",
    message: expect.stringMatching(/^fetching an access token: 400 from .*"Refresh token was used".*refresh_token/),
  });
  expect(api.server.requests).toHaveLength(1);
  expect(JSON.stringify(bench.events)).not.toMatch(/refresh-old|app-secret/);
});

test("a login that got no answer is not sent a second time, as its refresh token may be used up", async () => {
  await using server = await startHttpServer((_, response) => {
    response.destroy();
    return undefined;
  });
  const auth = { ...REFRESH, tokenUrl: `${server.url}/token`, refreshToken: "refresh-0" };
  await using bench = startClient({ baseUrl: server.url, auth, use: { clock: jumpingClock() } });
  await expect(bench.client.json("/")).rejects.toMatchObject({ code: "source_unreachable" });
  expect(server.requests).toHaveLength(1);
});

test("a token endpoint that redirects is not followed: the form holds secrets", async () => {
  await using other = await startHttpServer(() => ({ json: { access_token: "x" } }));
  await using server = await startHttpServer(() => ({ status: 307, headers: { location: other.url } }));
  const auth = { type: "oauth2_client_credentials", clientId: "a", clientSecret: "b", tokenUrl: server.url } as const;
  await using bench = startClient({ baseUrl: other.url, auth });
  await expect(bench.client.json("/")).rejects.toMatchObject({ code: "source_refused" });
  expect(other.requests).toEqual([]);
});

test("an answer without a token is refused", async () => {
  await using server = await startHttpServer(() => ({ json: { ok: true } }));
  const auth = { type: "oauth2_client_credentials", clientId: "a", clientSecret: "b", tokenUrl: server.url } as const;
  await using bench = startClient({ baseUrl: server.url, auth });
  await expect(bench.client.json("/")).rejects.toMatchObject({
    code: "credentials_rejected",
    message: expect.stringContaining("has no `access_token`"),
  });
});
