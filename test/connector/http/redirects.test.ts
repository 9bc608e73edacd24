import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { startClient, told } from "./client-bench.ts";

const certificates = join(import.meta.dirname, "../../databases/postgres/certificates");

test("a redirect within an origin is followed with everything the request had", async () => {
  await using server = await startHttpServer(({ path }) =>
    path === "/old" ? { status: 302, headers: { location: "/new?a=1" } } : { json: { path } },
  );
  await using bench = startClient({ baseUrl: server.url, auth: { type: "bearer", token: "t0ken-value" } });
  const response = await bench.client.get("/old");
  expect(await response.json()).toEqual({ path: "/new" });
  expect(response.url).toBe(`${server.url}/new?a=1`);
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer t0ken-value"));
  expect(told(bench.events)).toEqual([
    "http.request.start",
    "http.request.ok 302",
    "http.request.start",
    "http.request.ok 200",
  ]);
});

const SECRETS = [
  { auth: { type: "bearer", token: "s3cret" } },
  { auth: { type: "basic", username: "ada", password: "s3cret" } },
  { auth: { type: "header", name: "X-Api-Key", value: "s3cret" } },
  { auth: { type: "query", name: "key", value: "s3cret" } },
  { headers: { Cookie: "session=s3cret" } },
  { headers: { "X-Own-Key": "s3cret" } },
] as const;

test.each(SECRETS)("no secret follows a redirect to another origin: %j", async (options) => {
  await using other = await startHttpServer(() => ({ json: { there: true } }));
  await using server = await startHttpServer(() => ({ status: 307, headers: { location: `${other.url}/x` } }));
  await using bench = startClient({ baseUrl: server.url, ...options });
  expect(await bench.client.json("/")).toEqual({ there: true });
  const seen = (requests: typeof server.requests) =>
    JSON.stringify([requests, requests.map(({ query }) => String(query))]);
  const sent = `${seen(server.requests)}${Buffer.from(String(server.requests[0]?.headers.authorization).slice(6), "base64")}`;
  expect(sent).toContain("s3cret");
  expect(seen(other.requests)).not.toContain("s3cret");
  expect(other.requests[0]?.headers).not.toHaveProperty("authorization");
  expect(other.requests[0]?.headers).toMatchObject({ accept: "application/json" });
});

test("secrets that have stayed behind do not come back with a redirect home", async () => {
  await using server = await startHttpServer(({ path }) => (path === "/" ? away : { json: {} }));
  await using other = await startHttpServer(() => ({ status: 302, headers: { location: `${server.url}/back` } }));
  const away = { status: 302, headers: { location: other.url } };
  await using bench = startClient({ baseUrl: server.url, auth: { type: "bearer", token: "s3cret" } });
  await bench.client.get("/");
  expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ["/", "Bearer s3cret"],
    ["/back", undefined],
  ]);
});

test("a 401 behind a redirect says that the credentials stayed behind", async () => {
  await using other = await startHttpServer(() => ({ status: 401 }));
  await using server = await startHttpServer(() => ({ status: 302, headers: { location: other.url } }));
  await using bench = startClient({ baseUrl: server.url, auth: { type: "bearer", token: "s3cret", secret: "token" } });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "credentials_rejected",
    message: expect.stringContaining("the credentials were not sent there"),
  });
});

test("an origin that is trusted gets the credentials, any other address of the connector does not", async () => {
  await using server = await startHttpServer(() => ({ json: {} }));
  await using files = await startHttpServer(() => ({ json: {} }));
  await using stranger = await startHttpServer(() => ({ json: {} }));
  const auth = { type: "bearer", token: "s3cret" } as const;
  await using bench = startClient({
    baseUrl: server.url,
    auth,
    trusted_origins: [`${files.url}/any`],
    params: { k: 1 },
  });
  await bench.client.get(`${files.url}/f`);
  await bench.client.get(`${stranger.url}/f`);
  expect(files.requests[0]?.headers.authorization).toBe("Bearer s3cret");
  expect(stranger.requests[0]?.headers.authorization).toBeUndefined();
  expect([files, stranger].map(({ requests }) => String(requests[0]?.query))).toEqual(["k=1", ""]);
});

test.each([
  [301, "POST", "GET", ""],
  [302, "POST", "GET", ""],
  [303, "POST", "GET", ""],
  [303, "PUT", "GET", ""],
  [307, "POST", "POST", '{"a":1}'],
  [308, "PUT", "PUT", '{"a":1}'],
] as const)("a %i of a %s is followed by a %s", async (status, method, next, body) => {
  await using server = await startHttpServer(({ path }) =>
    path === "/" ? { status, headers: { location: "/next" } } : { json: {} },
  );
  await using bench = startClient({ baseUrl: server.url });
  await bench.client.request(method, "/", { json: { a: 1 } });
  expect(server.requests[1]).toMatchObject({ method: next, body, path: "/next" });
  expect(server.requests[1]?.headers["content-type"]).toBe(body === "" ? undefined : "application/json");
});

test("a body is not taken to another origin", async () => {
  await using other = await startHttpServer(() => ({ json: {} }));
  await using server = await startHttpServer(() => ({ status: 308, headers: { location: other.url } }));
  await using bench = startClient({ baseUrl: server.url });
  await expect(bench.client.post("/", { json: { a: 1 } })).rejects.toMatchObject({ code: "source_refused" });
  expect(other.requests).toEqual([]);
});

test("a circle of redirects ends with an error", async () => {
  await using server = await startHttpServer(() => ({ status: 302, headers: { location: "/again" } }));
  await using bench = startClient({ baseUrl: server.url, max_redirects: 3 });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_refused",
    message: expect.stringContaining("redirects more than 3 times"),
  });
  expect(server.requests).toHaveLength(4);
});

test("a redirect from https to plain http is refused", async () => {
  await using plain = await startHttpServer(() => ({ json: {} }));
  const [key, cert] = await Promise.all(["server.key", "server.pem"].map((name) => readFile(join(certificates, name))));
  if (key === undefined || cert === undefined) throw new Error("no certificates");
  await using server = await startHttpServer(() => ({ status: 302, headers: { location: plain.url } }), { key, cert });
  await using bench = startClient({ baseUrl: server.url, ca: join(certificates, "authority.pem") });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_refused",
    message: expect.stringContaining("https to plain http"),
  });
  expect(plain.requests).toEqual([]);
});
