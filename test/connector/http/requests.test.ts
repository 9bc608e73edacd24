import { expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { startClient, told } from "./client-bench.ts";

test("a request has the client's address, headers and parameters, and its own", async () => {
  await using server = await startHttpServer(() => ({ json: { ok: true } }));
  await using bench = startClient({
    baseUrl: `${server.url}/v2/`,
    headers: { "X-Version": "7", "X-Other": "a" },
    params: { limit: 10, lang: "en" },
  });
  const request = { params: { lang: "de", tag: ["a", "b"], no: undefined }, headers: { "x-other": "b" } };
  expect(await bench.client.json("/orders?state=open", request)).toEqual({ ok: true });
  const [seen] = server.requests;
  expect(seen).toMatchObject({ method: "GET", path: "/v2/orders", headers: { "x-version": "7", "x-other": "b" } });
  expect(String(seen?.query)).toBe("state=open&limit=10&lang=de&tag=a&tag=b");
  expect(seen?.headers).toMatchObject({ accept: "application/json", "user-agent": "sluice" });
});

test("a POST sends JSON or a form", async () => {
  await using server = await startHttpServer(() => ({ json: {} }));
  await using bench = startClient({ baseUrl: server.url });
  await bench.client.post("/search", { json: { after: null, ids: [1] } });
  await bench.client.post("/form", { form: { a: "1 & 2", b: ["x", "y"] } });
  expect(server.requests.map(({ body, headers }) => [headers["content-type"], body])).toEqual([
    ["application/json", '{"after":null,"ids":[1]}'],
    ["application/x-www-form-urlencoded", "a=1+%26+2&b=x&b=y"],
  ]);
});

test("numbers keep their digits", async () => {
  const body = '{"id":12345678901234567890,"price":0.1000000000000000055,"n":1.5}';
  await using server = await startHttpServer(() => ({ body }));
  await using bench = startClient({ baseUrl: server.url });
  const response = await bench.client.get("/");
  expect(JSON.stringify(await response.json())).toBe(body);
});

test("text is read in the character set that the answer names", async () => {
  const body = Buffer.from('{"name":"Zoë"}', "latin1");
  await using server = await startHttpServer(() => ({
    body,
    headers: { "content-type": "application/json; charset=iso-8859-1" },
  }));
  await using bench = startClient({ baseUrl: server.url });
  expect(await bench.client.json("/")).toEqual({ name: "Zoë" });
});

test("each request is an event, with its number of items", async () => {
  await using server = await startHttpServer(() => ({ json: [1, 2, 3] }));
  await using bench = startClient({ baseUrl: server.url });
  await bench.client.get("/list", { params: { page: 2 }, countItems: (body) => (body as unknown[]).length });
  expect(told(bench.events)).toEqual(["http.request.start", "http.request.ok 200"]);
  const url = `${server.url}/list?page=2`;
  expect(bench.events[0]?.data).toEqual({ method: "GET", url, attempt: 1 });
  expect(bench.events[1]?.data).toMatchObject({ method: "GET", url, attempt: 1, status: 200, items: 3 });
});

test("connections are used again, and closing the session ends them", async () => {
  await using server = await startHttpServer(() => ({ json: {} }));
  const bench = startClient({ baseUrl: server.url, concurrency: 1 });
  for (let count = 0; count < 20; count++) await bench.client.json("/");
  expect(server.connections).toEqual({ taken: 1, open: 1 });
  await bench[Symbol.asyncDispose]();
  await expect.poll(() => server.connections.open).toBe(0);
  await expect(bench.client.get("/")).rejects.toThrow("closed");
});

test("closing the session ends requests that are under way", async () => {
  await using server = await startHttpServer(() => undefined);
  const bench = startClient({ baseUrl: server.url, retries: 0 });
  const asking = expect(bench.client.get("/")).rejects.toMatchObject({ code: "source_unreachable" });
  await expect.poll(() => server.requests.length).toBe(1);
  await bench[Symbol.asyncDispose]();
  await asking;
});

test("an abort ends a request, an answer and a wait at once, with its own reason", async () => {
  const stop = new AbortController();
  await using server = await startHttpServer(({ path }, response) => {
    if (path === "/slow-body") response.writeHead(200).write("[");
    return path === "/busy" ? { status: 503, headers: { "retry-after": "100" } } : undefined;
  });
  await using bench = startClient({ baseUrl: server.url, concurrency: 3, use: { signal: stop.signal } });
  const asking = ["/never", "/slow-body", "/busy", "/queued"].map((path) => bench.client.get(path));
  await expect.poll(() => server.requests.length).toBeGreaterThanOrEqual(3);
  stop.abort(new Error("enough"));
  const ends = await Promise.allSettled(asking);
  expect(ends.map((end) => end.status === "rejected" && end.reason.message)).toEqual(Array(4).fill("enough"));
});

test("an address that is none is refused before anything is sent", async () => {
  await using bench = startClient({ baseUrl: "ftp://example.com" });
  await expect(bench.client.get("/x")).rejects.toMatchObject({ code: "connection_invalid" });
});

test("a user and a password in the address are refused, without showing them", async () => {
  await using bench = startClient({ baseUrl: "https://ada:pa55word@example.com" });
  const error = (await bench.client.get("/x").catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({
    code: "connection_invalid",
    message: expect.stringContaining("has a user or a password"),
  });
  expect(error.message).not.toContain("pa55word");
});

test("an answer without content has no JSON and no records", async () => {
  await using server = await startHttpServer(() => ({ status: 204 }));
  await using bench = startClient({ baseUrl: server.url });
  expect(await bench.client.json("/")).toBeUndefined();
  for await (const page of bench.client.paginate("/")) expect(page.records).toEqual([]);
  expect(server.requests).toHaveLength(2);
});

test("secrets in an address are not shown", async () => {
  await using server = await startHttpServer(() => ({ status: 404, json: {} }));
  const auth = { type: "query", name: "who", value: "s3cret-value" } as const;
  await using bench = startClient({ baseUrl: server.url, auth });
  const path = "/x?api_key=abc-123&sig=zzz&page=1";
  const error = await bench.client.get(path).catch((thrown: unknown) => thrown);
  expect(server.requests[0]?.query.get("who")).toBe("s3cret-value");
  const shown = JSON.stringify([bench.events, error, (error as Error).message, (error as Error).cause]);
  for (const secret of ["s3cret-value", "abc-123", "zzz"]) expect(shown).not.toContain(secret);
  expect(shown).toContain("page=1");
});
