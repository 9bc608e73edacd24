import { expect, test } from "vitest";
import { inTurn, startHttpServer } from "../../harness/http-server.ts";
import { jumpingClock, startClient, told } from "./client-bench.ts";

const FINE = { json: { ok: true } };

test.each([408, 425, 429, 500, 502, 503, 504])(
  "a GET that is answered %i is sent again until it heals",
  async (status) => {
    await using server = await startHttpServer(inTurn({ status }, { status }, FINE));
    const clock = jumpingClock();
    await using bench = startClient({ baseUrl: server.url, use: { clock } });
    expect(await bench.client.json("/")).toEqual({ ok: true });
    expect(server.requests).toHaveLength(3);
    expect(clock.slept).toEqual([500, 1000]);
    expect(bench.events.filter(({ kind }) => kind === "http.request.error").map(({ level }) => level)).toEqual([
      "warn",
      "warn",
    ]);
  },
);

test.each([400, 401, 403, 404, 409, 422, 501])("a GET that is answered %i is not sent again", async (status) => {
  await using server = await startHttpServer(() => ({ status }));
  await using bench = startClient({ baseUrl: server.url });
  await expect(bench.client.get("/")).rejects.toMatchObject({ details: { status } });
  expect(server.requests).toHaveLength(1);
  expect(told(bench.events)).toEqual(["http.request.start", `http.request.error ${status}`]);
  expect(bench.events.at(-1)?.level).toBe("error");
});

test.each(["PUT", "DELETE", "OPTIONS", "HEAD"] as const)("a %s may be repeated", async (method) => {
  await using server = await startHttpServer(inTurn({ status: 503 }, { status: 200 }));
  await using bench = startClient({ baseUrl: server.url, use: { clock: jumpingClock() } });
  expect(await bench.client.request(method, "/")).toMatchObject({ status: 200 });
  expect(server.requests.map((request) => request.method)).toEqual([method, method]);
});

test.each(["POST", "PATCH"] as const)(
  "a %s is never repeated by itself: not after a 503, not after a 429",
  async (method) => {
    for (const status of [503, 429]) {
      await using server = await startHttpServer(inTurn({ status }, FINE));
      await using bench = startClient({ baseUrl: server.url, use: { clock: jumpingClock() } });
      await expect(bench.client.request(method, "/", { json: {} })).rejects.toMatchObject({ details: { status } });
      expect(server.requests).toHaveLength(1);
    }
  },
);

test("a POST is not repeated when the connection breaks, as it may have been carried out", async () => {
  await using server = await startHttpServer((_, response) => {
    response.destroy();
    return undefined;
  });
  await using bench = startClient({ baseUrl: server.url, use: { clock: jumpingClock() } });
  await expect(bench.client.post("/", { json: {} })).rejects.toMatchObject({ code: "source_unreachable" });
  expect(server.requests).toHaveLength(1);
});

test("a POST that the connector calls idempotent is repeated, with its key and its body", async () => {
  await using server = await startHttpServer(inTurn({ status: 503 }, { status: 503 }, FINE));
  await using bench = startClient({ baseUrl: server.url, use: { clock: jumpingClock() } });
  await bench.client.post("/", { json: { q: 1 }, idempotent: true });
  expect(server.requests.map(({ body }) => body)).toEqual(Array(3).fill('{"q":1}'));
  await using keyed = await startHttpServer(inTurn({ status: 503 }, FINE));
  await bench.client.post(`${keyed.url}/`, { json: {}, idempotencyKey: "k-1" });
  expect(keyed.requests.map(({ headers }) => headers["idempotency-key"])).toEqual(["k-1", "k-1"]);
});

test("a request that could not be sent is tried again whatever its method", async () => {
  const gone = await startHttpServer(() => FINE);
  await gone[Symbol.asyncDispose]();
  const clock = jumpingClock();
  await using bench = startClient({ baseUrl: gone.url, use: { clock } });
  await expect(bench.client.post("/", { json: {} })).rejects.toMatchObject({ code: "source_unreachable" });
  expect(clock.slept).toHaveLength(4);
});

test("pauses double up to the cap, and their random part is at most half of them", async () => {
  await using server = await startHttpServer(() => ({ status: 500 }));
  const limits = { retries: 6, backoff_ms: 1000, max_backoff_ms: 5000 };
  for (const [random, slept] of [
    [1, [1000, 2000, 4000, 5000, 5000, 5000]],
    [0, [500, 1000, 2000, 2500, 2500, 2500]],
  ] as const) {
    const clock = jumpingClock();
    await using bench = startClient({ baseUrl: server.url, ...limits, use: { clock, random: () => random } });
    await expect(bench.client.get("/")).rejects.toMatchObject({
      code: "source_failed",
      message: expect.stringContaining("(7 attempts)"),
      details: { attempts: 7 },
    });
    expect(clock.slept).toEqual(slept);
  }
});

test("a server that asks to wait is obeyed: in seconds, milliseconds and as a date by its own clock", async () => {
  const now = Date.UTC(2026, 10, 20, 10, 0, 0);
  const fast = new Date(now + 3_600_000);
  const answers: Record<string, string>[] = [
    { "retry-after": "7" },
    { "retry-after-ms": "1500", "retry-after": "2" },
    { "retry-after": new Date(fast.getTime() + 12_000).toUTCString(), date: fast.toUTCString() },
  ];
  for (const [index, wait] of [7000, 1500, 12_000].entries()) {
    await using server = await startHttpServer(inTurn({ status: 503, headers: answers[index] ?? {} }, FINE));
    const clock = jumpingClock(now);
    await using bench = startClient({ baseUrl: server.url, use: { clock } });
    await bench.client.get("/");
    expect(clock.slept).toEqual([wait]);
  }
});

test("a server that asks for too long a wait ends it with the time to come back", async () => {
  await using server = await startHttpServer(() => ({ status: 429, headers: { "retry-after": "3600" } }));
  const clock = jumpingClock(Date.UTC(2026, 10, 20, 10, 0, 0));
  await using bench = startClient({ baseUrl: server.url, max_wait_ms: 60_000, use: { clock } });
  await expect(bench.client.get("/orders")).rejects.toMatchObject({
    code: "source_rate_limited",
    recovery: "retry",
    message: expect.stringContaining("before 2026-11-20T11:00:00Z"),
    details: { retry_at: "2026-11-20T11:00:00Z" },
  });
  expect(clock.slept).toEqual([]);
  expect(server.requests).toHaveLength(1);
});

test("a server that says whether to retry is believed", async () => {
  await using no = await startHttpServer(() => ({ status: 500, headers: { "stripe-should-retry": "false" } }));
  await using yes = await startHttpServer(inTurn({ status: 409, headers: { "stripe-should-retry": "true" } }, FINE));
  await using bench = startClient({ use: { clock: jumpingClock() } });
  await expect(bench.client.get(no.url)).rejects.toMatchObject({ code: "source_failed" });
  expect(no.requests).toHaveLength(1);
  expect(await bench.client.json(yes.url)).toEqual({ ok: true });
});

test("a body that breaks off is asked for again", async () => {
  const cut = { body: '{"rows":[1,2', headers: { "content-length": "100" } };
  await using server = await startHttpServer(
    inTurn(
      (_, response) => {
        response.writeHead(200, cut.headers).write(cut.body);
        setTimeout(() => response.destroy(), 20);
        return undefined;
      },
      { body: '{"rows":[' },
      FINE,
    ),
  );
  await using bench = startClient({ baseUrl: server.url, use: { clock: jumpingClock() } });
  expect(await bench.client.json("/")).toEqual({ ok: true });
  expect(server.requests).toHaveLength(3);
});

test("a server that does not answer in time is asked again", async () => {
  await using server = await startHttpServer(inTurn(() => undefined, FINE));
  await using bench = startClient({ baseUrl: server.url, timeout_ms: 100, use: { clock: jumpingClock() } });
  expect(await bench.client.json("/")).toEqual({ ok: true });
  expect(server.requests).toHaveLength(2);
});

test("the connector's word on an answer goes before the status", async () => {
  await using server = await startHttpServer(
    inTurn({ json: { ok: false, error: "ratelimited" } }, { json: { ok: false, error: "ratelimited" } }, FINE),
  );
  const clock = jumpingClock();
  await using bench = startClient({
    baseUrl: server.url,
    use: { clock },
    judge: ({ json }) => {
      const { error } = json() as { error?: string };
      if (error === "ratelimited") return { action: "retry", wait_ms: 3000 };
      return error === undefined ? undefined : { action: "fail", code: "credentials_rejected" };
    },
  });
  expect(await bench.client.post("/", { json: {} }).then((response) => response.json())).toEqual({ ok: true });
  expect(clock.slept).toEqual([3000, 3000]);
  await using refusing = await startHttpServer(() => ({ json: { ok: false, error: "invalid_auth" } }));
  await expect(bench.client.get(refusing.url)).rejects.toMatchObject({
    code: "credentials_rejected",
    message: expect.stringContaining("200 from 127.0.0.1"),
  });
});

test("statuses that a request accepts are answers", async () => {
  await using server = await startHttpServer(() => ({ status: 404, json: { none: true } }));
  await using bench = startClient({ baseUrl: server.url });
  const response = await bench.client.get("/", { accept: [404] });
  expect([response.status, await response.json()]).toEqual([404, { none: true }]);
  const judged = await bench.client.get("/", {
    judge: ({ status }) => (status === 404 ? { action: "accept" } : undefined),
  });
  expect(judged.status).toBe(404);
});
