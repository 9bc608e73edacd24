import { once } from "node:events";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { jumpingClock, startClient } from "./client-bench.ts";

const ROWS = Array.from({ length: 3000 }, (_, id) => ({ id, name: `row ${id} ${Math.sin(id)}` }));
const TEXT = JSON.stringify({ meta: { data: [] }, data: ROWS });
const zstdTwice = Buffer.concat([zstdCompressSync(TEXT.slice(0, 5000)), zstdCompressSync(TEXT.slice(5000))]);

const PACKED: [string, Buffer][] = [
  ["gzip", gzipSync(TEXT)],
  ["deflate", deflateSync(TEXT)],
  ["br", brotliCompressSync(TEXT)],
  ["zstd", zstdCompressSync(TEXT)],
];

test.each([
  ...PACKED,
  ["deflate", deflateRawSync(TEXT)],
  ["zstd", zstdTwice],
  ["gzip, br", brotliCompressSync(gzipSync(TEXT))],
] as [string, Buffer][])("a body packed with %s is unpacked", async (encoding, body) => {
  await using server = await startHttpServer(() => ({ body, headers: { "content-encoding": encoding } }));
  await using bench = startClient({ baseUrl: server.url });
  expect(await bench.client.json("/")).toEqual(JSON.parse(TEXT));
  expect(server.requests[0]?.headers["accept-encoding"]).toBe("gzip, deflate, br, zstd");
});

test.each(PACKED)("a body packed with %s that is cut off is source_truncated", async (encoding, whole) => {
  const body = whole.subarray(0, whole.length - 20);
  await using server = await startHttpServer(() => ({ body, headers: { "content-encoding": encoding } }));
  await using bench = startClient({ baseUrl: server.url, retries: 1, use: { clock: jumpingClock() } });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_truncated",
    message: expect.stringContaining("data ends too early"),
  });
  expect(server.requests).toHaveLength(2);
});

test.each(PACKED)("a body that is said to be packed with %s and is not is source_format", async (encoding) => {
  await using server = await startHttpServer(() => ({ body: TEXT, headers: { "content-encoding": encoding } }));
  await using bench = startClient({ baseUrl: server.url });
  await expect(bench.client.get("/")).rejects.toMatchObject({ code: "source_format" });
});

test("answers without a body may be called packed", async () => {
  await using server = await startHttpServer(() => ({ status: 200, headers: { "content-encoding": "gzip" } }));
  await using bench = startClient({ baseUrl: server.url });
  expect(await (await bench.client.get("/")).text()).toBe("");
  expect((await bench.client.request("HEAD", "/")).status).toBe(200);
});

/** Writes a list of `count` records of about 1 kB, only as fast as it is read. */
async function* bigList(count: number): AsyncGenerator<string> {
  yield '{"meta":{"items":[1]},"items":[';
  for (let id = 0; id < count; id += 100) {
    const part = Array.from({ length: 100 }, (_, index) => JSON.stringify({ id: id + index, fill: "x".repeat(1000) }));
    yield `${id === 0 ? "" : ","}${part.join(",")}`;
  }
  yield '],"end":true}';
}

function startBigServer(count: number, cutAt = Number.POSITIVE_INFINITY) {
  return startHttpServer(async (_, response) => {
    response.on("error", () => undefined);
    response.writeHead(200, { "content-type": "application/json" });
    const closed = once(response, "close");
    let written = 0;
    for await (const part of bigList(count)) {
      if (response.destroyed) return undefined;
      if (!response.write(part)) await Promise.race([once(response, "drain"), closed]);
      written += part.length;
      if (written > cutAt) response.destroy();
    }
    response.end();
    return undefined;
  });
}

describe("a body that is longer than memory should hold", () => {
  test("is read as batches of records in flat memory", async () => {
    await using server = await startBigServer(200_000);
    await using bench = startClient({ baseUrl: server.url });
    const response = await bench.client.get("/");
    let rows = 0;
    let largest = 0;
    let next = 0;
    for await (const batch of response.records("/items")) {
      for (const row of batch.rows) if (row["id"] !== next++) throw new Error(`row ${next - 1} is missing`);
      rows += batch.rows.length;
      largest = Math.max(largest, process.memoryUsage().arrayBuffers);
    }
    expect(rows).toBe(200_000);
    expect(largest).toBeLessThan(100 * 1024 * 1024);
    expect(bench.events.map(({ kind }) => kind)).toEqual(["http.request.start", "http.request.ok"]);
  });

  test("is not taken into memory beyond the limit", async () => {
    await using server = await startBigServer(30_000);
    await using bench = startClient({ baseUrl: server.url, max_body_bytes: 10 * 1024 * 1024 });
    const response = await bench.client.get("/");
    await expect(response.json()).rejects.toMatchObject({
      code: "source_format",
      message: expect.stringContaining("longer than 10485760 bytes"),
    });
  });

  test("can be taken into memory as a whole below the limit", async () => {
    await using server = await startBigServer(15_000);
    await using bench = startClient({ baseUrl: server.url });
    const body = await bench.client.json<{ items: unknown[] }>("/");
    expect(body.items).toHaveLength(15_000);
  });

  test("that breaks off gives what came and then an error that lets the run try again", async () => {
    await using server = await startBigServer(30_000, 20_000_000);
    await using bench = startClient({ baseUrl: server.url });
    const response = await bench.client.get("/");
    let rows = 0;
    const reading = (async () => {
      for await (const batch of response.records("/items")) rows += batch.rows.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: "source_failed", recovery: "retry" });
    expect(rows).toBeGreaterThan(10_000);
    expect(bench.events.at(-1)).toMatchObject({ kind: "http.request.error" });
  });

  test("ends its connection when it is dropped, and makes way for the next request", async () => {
    await using server = await startBigServer(30_000);
    await using bench = startClient({ baseUrl: server.url, concurrency: 1 });
    await (await bench.client.get("/")).discard();
    for await (const _ of (await bench.client.get("/")).records("/items")) break;
    const response = await bench.client.get("/");
    await response.discard();
    await expect.poll(() => server.connections.open).toBe(0);
    expect(server.requests).toHaveLength(3);
  });

  test("ends at once when the run is aborted", async () => {
    const stop = new AbortController();
    await using server = await startBigServer(100_000);
    await using bench = startClient({ baseUrl: server.url, use: { signal: stop.signal } });
    const response = await bench.client.get("/");
    const reading = (async () => {
      for await (const _ of response.records("/items")) stop.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow("enough");
  });
});

test("records of a short body come the same way, with what is no object rejected", async () => {
  await using server = await startHttpServer(() => ({ body: '\ufeff[{"id":12345678901234567890},7,{"id":2}]' }));
  await using bench = startClient({ baseUrl: server.url });
  const batches = [];
  for await (const batch of (await bench.client.get("/list")).records()) batches.push(batch);
  expect(batches).toHaveLength(1);
  expect(JSON.stringify(batches[0]?.rows)).toBe('[{"id":12345678901234567890},{"id":2}]');
  expect(batches[0]?.rejects).toMatchObject([{ position: `${server.url}/list#/1`, text: "7" }]);
  expect(batches[0]?.positionOf?.(1)).toBe(`${server.url}/list#/2`);
});

test.each([
  ["[{}", "", "source_truncated"],
  ['{"a":[{},{]}', "/a", "source_format"],
  ['{"a":[]}', "/b", "source_format"],
  ["<html>", "", "source_format"],
])("a body %s without whole records at %j is %s", async (body, pointer, code) => {
  await using server = await startHttpServer(() => ({ body }));
  await using bench = startClient({ baseUrl: server.url });
  const response = await bench.client.get("/", { doing: "reading cards" });
  const reading = (async () => {
    for await (const _ of response.records(pointer));
  })();
  await expect(reading).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/^reading cards: the answer of/),
  });
});
