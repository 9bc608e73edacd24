import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { startConnectProxy } from "../../harness/connect-proxy.ts";
import { startHttpServer, type TestHandler } from "../../harness/http-server.ts";
import { jumpingClock, startClient } from "./client-bench.ts";

const certificates = join(import.meta.dirname, "../../databases/postgres/certificates");
const authority = join(certificates, "authority.pem");
const fine: TestHandler = () => ({ json: { ok: true } });

afterEach(() => {
  vi.unstubAllEnvs();
});

async function startTlsServer() {
  const key = await readFile(join(certificates, "server.key"));
  const cert = await readFile(join(certificates, "server.pem"));
  return startHttpServer(fine, { key, cert });
}

test("a certificate of an unknown authority is refused, not retried, with what to do", async () => {
  await using server = await startTlsServer();
  await using bench = startClient({ baseUrl: server.url });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_tls",
    recovery: "stop_run",
    message: expect.stringMatching(/its certificate could not be verified: .*option `ca`/),
  });
  expect(bench.events.filter(({ kind }) => kind === "http.request.start")).toHaveLength(1);
});

test("an authority is trusted by its file or its text, of the client or of the session", async () => {
  await using server = await startTlsServer();
  for (const options of [
    { ca: authority },
    { ca: await readFile(authority, "utf8") },
    { session: { ca: authority } },
  ]) {
    await using bench = startClient({ baseUrl: server.url, ...options });
    expect(await bench.client.json("/")).toEqual({ ok: true });
  }
  await using bench = startClient({ baseUrl: server.url, ca: join(certificates, "other-authority.pem") });
  await expect(bench.client.get("/")).rejects.toMatchObject({ code: "source_tls" });
  await using missing = startClient({ baseUrl: server.url, ca: "/nowhere.pem" });
  await expect(missing.client.get("/")).rejects.toMatchObject({
    code: "source_tls",
    message: expect.stringContaining("/nowhere.pem: ENOENT"),
  });
});

test("a certificate for another host is refused", async () => {
  await using server = await startTlsServer();
  await using bench = startClient({ baseUrl: server.url.replace("localhost", "127.0.0.1"), ca: authority });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_tls",
    message: expect.stringContaining("it is for another host"),
  });
});

test("https to a server that speaks plain http says so", async () => {
  await using server = await startHttpServer(fine);
  await using bench = startClient({ baseUrl: server.url.replace("http:", "https:") });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_tls",
    message: expect.stringContaining("it speaks plain http there"),
  });
});

test("requests go through the proxy that the options name: encrypted ones in a tunnel", async () => {
  await using plain = await startHttpServer(fine);
  await using secure = await startTlsServer();
  await using proxy = await startConnectProxy();
  await using bench = startClient({ proxy: proxy.url, ca: authority });
  expect(await bench.client.json(`${plain.url}/a`)).toEqual({ ok: true });
  expect(await bench.client.json(`${secure.url}/b`)).toEqual({ ok: true });
  expect(proxy.asked).toEqual([`GET ${plain.url}/a`, `CONNECT localhost:${secure.port}`]);
  expect(secure.requests).toHaveLength(1);
});

test("a certificate is verified through a tunnel too", async () => {
  await using secure = await startTlsServer();
  await using proxy = await startConnectProxy();
  await using bench = startClient({ proxy: proxy.url });
  await expect(bench.client.get(secure.url)).rejects.toMatchObject({ code: "source_tls" });
});

test("a proxy gets its login, and none is said in plain words", async () => {
  await using plain = await startHttpServer(fine);
  await using secure = await startTlsServer();
  await using proxy = await startConnectProxy(`Basic ${btoa("ada:pa55")}`);
  await using bench = startClient({ proxy: proxy.url.replace("//", "//ada:pa55@"), ca: authority });
  for (const { url } of [plain, secure]) expect(await bench.client.json(url)).toEqual({ ok: true });
  await using stranger = startClient({ proxy: proxy.url, ca: authority, use: { clock: jumpingClock() } });
  for (const { url } of [plain, secure]) {
    await expect(stranger.client.get(url)).rejects.toMatchObject({
      code: "source_unreachable",
      message: expect.stringContaining("proxy asks for a login"),
    });
  }
});

test("the environment that a session is given names proxies and their exceptions, the process's own does not", async () => {
  await using server = await startHttpServer(fine);
  await using proxy = await startConnectProxy();
  const { port } = server;
  const through = async (env: Record<string, string>, proxyOption?: string) => {
    const before = proxy.asked.length;
    const options = proxyOption === undefined ? {} : { proxy: proxyOption };
    await using bench = startClient({ baseUrl: server.url, session: { env }, ...options });
    await bench.client.get("/");
    return proxy.asked.length > before;
  };
  expect(await through({ HTTP_PROXY: proxy.url })).toBe(true);
  expect(await through({ http_proxy: proxy.url, NO_PROXY: "example.com" })).toBe(true);
  expect(await through({ http_proxy: proxy.url, NO_PROXY: `example.com,127.0.0.1:${port}` })).toBe(false);
  expect(await through({ http_proxy: proxy.url }, "")).toBe(false);
  expect(await through({ HTTPS_PROXY: proxy.url })).toBe(false);
  vi.stubEnv("HTTP_PROXY", proxy.url);
  vi.stubEnv("http_proxy", proxy.url);
  expect(await through({})).toBe(false);
});

test("a proxy that is not there is said to be the one that refuses", async () => {
  await using server = await startHttpServer(fine);
  const proxy = await startConnectProxy();
  await proxy[Symbol.asyncDispose]();
  await using bench = startClient({ baseUrl: server.url, proxy: proxy.url, retries: 0 });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_unreachable",
    message: expect.stringContaining(`through the proxy ${new URL(proxy.url).host}`),
  });
});
