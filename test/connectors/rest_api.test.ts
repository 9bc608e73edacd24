import { expect, test } from "vitest";
import restApi from "../../connectors/rest_api.ts";
import { createHttpSession } from "../../src/connector/http/http-session.ts";
import { skippingClock } from "../connector/rest/rest-workspace.ts";
import { connectorContext } from "../harness/connector-context.ts";
import { startHttpServer } from "../harness/http-server.ts";

async function contextFor(options: unknown, secrets: Record<string, string> = {}) {
  const session = createHttpSession();
  const { signal } = new AbortController();
  const use = { signal, emit: () => {}, log: () => {}, clock: skippingClock() };
  const ctx = connectorContext({
    options: restApi.options.parse(options),
    secrets: restApi.secrets.parse(secrets),
    http: async (given = {}) => session.client(given, use),
  });
  return Object.assign(ctx, { [Symbol.asyncDispose]: () => session.close() });
}

async function streamsOf(ctx: Awaited<ReturnType<typeof contextFor>>) {
  return typeof restApi.streams === "function" ? restApi.streams(ctx) : restApi.streams;
}

test("a stream's mode follows from its key and its cursor, and it says whether it may be cut", async () => {
  const cursor = { field: "at" };
  const after = { type: "cursor", param: "after", last_record: "id" };
  await using ctx = await contextFor({
    base_url: "https://api.example.com",
    streams: {
      keyed: { path: "/a", primary_key: ["id"], cursor: { ...cursor, ordered: "asc" }, description: "Things." },
      grown: { path: "/b", cursor },
      whole: { path: "/c" },
      chosen: { path: "/d", primary_key: ["id"], mode: "append", paginate: after },
    },
  });
  const streams = (await streamsOf(ctx)).map(({ name, mode, ordered, primaryKey, cursorField, description }) => ({
    ...{ name, mode, ordered, primaryKey, cursorField, description },
  }));
  expect(streams).toEqual([
    { name: "keyed", mode: "merge", ordered: true, primaryKey: ["id"], cursorField: "at", description: "Things." },
    { name: "grown", mode: "append", ordered: false, cursorField: "at" },
    { name: "whole", mode: "replace", ordered: false },
    { name: "chosen", mode: "append", ordered: true, primaryKey: ["id"] },
  ]);
});

test("a check asks for the path that was named, or for the first page that needs no other", async () => {
  await using server = await startHttpServer(({ path }) => ({
    json: path === "/me" ? { id: 1 } : [{ id: 1 }, { id: 2 }],
  }));
  const streams = {
    parts: { path: "/things/{t}/parts", parent: { stream: "things", keys: { t: "id" } } },
    things: { path: "/things" },
  };
  await using first = await contextFor({ base_url: server.url, streams });
  const host = new URL(server.url).host;
  expect((await restApi.check(first)).message).toBe(`${host} answers; the first page of things has 2 records`);
  await using named = await contextFor({ base_url: server.url, streams, check: "/me" });
  expect((await restApi.check(named)).message).toBe(`${host} accepts the credentials`);
  expect(server.requests.map(({ path }) => path)).toEqual(["/things", "/me"]);
});

test.each([
  [{ type: "bearer" }, { token: "abc" }, "authorization", "Bearer abc"],
  [{ type: "bearer", secret: "api_key" }, { api_key: "abc" }, "authorization", "Bearer abc"],
  [{ type: "header", name: "X-Key", prefix: "Key " }, { api_key: "abc" }, "x-key", "Key abc"],
  [
    { type: "basic", username: "me@example.com" },
    { password: "p" },
    "authorization",
    `Basic ${btoa("me@example.com:p")}`,
  ],
  [{ type: "basic", no_password: true }, { username: "key" }, "authorization", `Basic ${btoa("key:")}`],
])("%j sends its secret", async (auth, secrets, header, wanted) => {
  await using server = await startHttpServer(() => ({ json: [] }));
  const options = {
    base_url: server.url,
    auth,
    params: { v: "{v}" },
    variables: { v: "2" },
    streams: { a: { path: "/a" } },
  };
  await using ctx = await contextFor(options, secrets as unknown as Record<string, string>);
  await restApi.check(ctx);
  expect(server.requests[0]?.headers[header]).toBe(wanted);
  expect(server.requests[0]?.query.get("v")).toBe("2");
});

test("all secrets that the login needs are asked for at once", async () => {
  const auth = { type: "oauth2_client_credentials", token_url: "https://login.example.com/token" };
  await using ctx = await contextFor({ base_url: "https://api.example.com", auth, streams: { a: { path: "/a" } } });
  await expect(streamsOf(ctx)).rejects.toMatchObject({
    code: "secret_missing",
    message: expect.stringMatching(
      /`client_id` and `client_secret` have no value.*sluice secrets set tested client_id/,
    ),
  });
});
