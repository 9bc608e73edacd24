import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { startHttpServer, type TestAnswer } from "../../harness/http-server.ts";
import { jumpingClock, startClient } from "./client-bench.ts";

const HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>x</body></html>";

test.each<[TestAnswer, string, string, RegExp]>([
  [
    { status: 400, json: { errors: [{ detail: "page is too large" }] } },
    "source_refused",
    "stop_stream",
    /400 from .*: "page is too large"/,
  ],
  [
    { status: 404, json: { message: "No such board" } },
    "source_not_found",
    "stop_stream",
    /404 from .*: "No such board"\. There is nothing at http/,
  ],
  [{ status: 410 }, "source_not_found", "stop_stream", /410/],
  [{ status: 422, json: { errorMessages: ["bad JQL"] } }, "source_refused", "stop_stream", /"bad JQL"/],
  [
    { status: 500, json: { error: { message: "boom" } } },
    "source_failed",
    "retry",
    /500 from .*: "boom".*\(5 attempts\)/,
  ],
  [
    { status: 502, body: "<html><title>Bad gateway</title></html>" },
    "source_failed",
    "retry",
    /502 from .*: "Bad gateway"/,
  ],
  [{ status: 501 }, "source_failed", "retry", /501/],
  [{ status: 304 }, "source_refused", "stop_stream", /304/],
])("an answer %j is %s", async (answer, code, recovery, message) => {
  await using server = await startHttpServer(() => answer);
  await using bench = startClient({ baseUrl: server.url, use: { clock: jumpingClock() } });
  await expect(bench.client.get("/x")).rejects.toMatchObject({
    code,
    recovery,
    message: expect.stringMatching(message),
  });
});

test.each<[TestAnswer, string, RegExp]>([
  [
    { body: HTML, headers: { "content-type": "text/html" } },
    "source_format",
    /77 bytes of text\/html instead of JSON, a page titled "Sign in"/,
  ],
  [{ body: "OK", headers: { "content-type": "text/plain" } }, "source_format", /instead of JSON, beginning with "OK"/],
  [{ body: '{"rows":[{"name":"Ada"},]}' }, "source_format", /26 bytes of no stated type that are not valid JSON/],
  [
    { body: '{"rows":[{"name":"Ada"},{"na' },
    "source_truncated",
    /28 bytes of no stated type that end before the JSON is closed/,
  ],
  [{ body: '{"rows":[{"name":"Ada"}' }, "source_truncated", /end before the JSON is closed/],
  [{ body: "" }, "source_truncated", /an empty body instead of JSON/],
  [{ body: "token abcdefghijklmnopqrstuvwx1234567890" }, "source_format", /beginning with "token \[redacted\]"/],
])("a body %j that is no JSON is %s", async (answer, code, message) => {
  await using server = await startHttpServer(() => answer);
  await using bench = startClient({ baseUrl: server.url, use: { clock: jumpingClock() } });
  const failure = bench.client.json("/x");
  await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining("Ada") });
  await expect((await bench.client.get("/x")).json()).rejects.toMatchObject({ code });
});

test("a body that always breaks off is source_truncated", async () => {
  await using server = await startHttpServer((_, response) => {
    response.writeHead(200, { "content-length": "100" }).write('{"a":');
    setTimeout(() => response.destroy(), 10);
    return undefined;
  });
  await using bench = startClient({ baseUrl: server.url, retries: 1, use: { clock: jumpingClock() } });
  await expect(bench.client.json("/")).rejects.toMatchObject({
    code: "source_truncated",
    message: expect.stringContaining("the connection broke in the middle of the answer"),
    details: { attempts: 2, status: 200 },
  });
});

test("a host that does not exist, refuses, is silent, stalls or breaks off is each told apart", async () => {
  const gone = await startHttpServer(() => undefined);
  await gone[Symbol.asyncDispose]();
  await using server = await startHttpServer(({ path }, response) => {
    if (path === "/stalls") response.writeHead(200).write("[");
    if (path === "/breaks") response.destroy();
    return undefined;
  });
  await using bench = startClient({ retries: 0, timeout_ms: 150, stall_timeout_ms: 150 });
  for (const [address, said] of [
    ["http://nowhere.invalid/", /nowhere\.invalid: its name/],
    [gone.url, /refuses the connection: nothing listens there/],
    [`${server.url}/silent`, /did not answer in time \(`timeout_ms`\)/],
    [`${server.url}/stalls`, /its answer stalled \(`stall_timeout_ms`\)/],
    [`${server.url}/breaks`, /the connection broke before the answer came/],
  ] as const) {
    const failure = bench.client.get(address, { doing: "reading cards" });
    await expect(failure).rejects.toMatchObject({
      code: "source_unreachable",
      recovery: "retry",
      message: expect.stringMatching(new RegExp(`^reading cards: .*${said.source}`)),
    });
  }
});

test("a host that takes no connection is given up after the time for it", async () => {
  // TLS never begins: the server accepts and says nothing.
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  await using bench = startClient({ retries: 0, connect_timeout_ms: 200 });
  await expect(bench.client.get(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
    code: "source_unreachable",
    message: expect.stringContaining("(`connect_timeout_ms`)"),
  });
  await bench[Symbol.asyncDispose]();
  silent.close();
});

test("what does not speak HTTP is said to be so, and not asked again", async () => {
  const other = createServer((socket) => socket.on("error", () => undefined).end("220 mail.example.com ESMTP\r\n"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  await using bench = startClient({ use: { clock: jumpingClock() } });
  await expect(bench.client.get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
    code: "source_format",
    message: expect.stringContaining("does not speak HTTP"),
  });
  other.close();
});

test("the source's words are quoted short, in one line and without what looks like a key", async () => {
  const message = `bad\n key sk_live_abcdefghijklmnop1234567890 for 1b4e28ba-2fa1-11d2-883f-0016d3cca427 ${"x ".repeat(300)}`;
  await using server = await startHttpServer(() => ({ status: 400, json: { message } }));
  await using bench = startClient({ baseUrl: server.url });
  const error = (await bench.client.get("/").catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toContain('"bad key [redacted] for 1b4e28ba-2fa1-11d2-883f-0016d3cca427 x x');
  expect(error.message.length).toBeLessThan(600);
});
