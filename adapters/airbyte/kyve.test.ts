import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "vitest";
import { localApi } from "./local-api.ts";
import { proveSource } from "./prove-source.ts";

const BUNDLES = 20;
const ROWS = 100;
const PAGE = 90;
/** The storage that the source has by heart for bundles of this provider. */
const STORAGE = "arweave.net";

const bundles = Array.from({ length: BUNDLES }, (_, id) => bundleOf(id));

/**
 * Bundles whose list comes from one service and whose content, packed, from another. It begins at the last bundle again
 * and names no key: the connection does.
 */
test("airbyte-source-kyve", async () => {
  await using api = await localApi(({ pathname, searchParams }) => {
    if (pathname.startsWith("/kyve/query/")) return { body: { pool: { data: { id: "0", runtime: "@kyve/evm" } } } };
    const from = Number(searchParams.get("pagination.offset"));
    const listed = bundles.slice(from, from + PAGE).map(({ content: _, ...bundle }) => bundle);
    return { body: { finalized_bundles: listed, pagination: {} } };
  });
  await using storage = await startStorage((id) => bundles.find(({ storage_id }) => storage_id === id)?.content);
  await proveSource({
    options: {
      package: "airbyte-source-kyve==0.2.54",
      config: { pool_ids: "0", start_ids: "0", url_base: api.url, page_size: PAGE },
      env: { HTTPS_PROXY: storage.proxy, https_proxy: storage.proxy, REQUESTS_CA_BUNDLE: storage.certificate },
    },
    streams: { pool_0: { mode: "merge", primary_key: ["key"] } },
    ...{ offers: { pool_0: "merge" }, whole: { pool_0: BUNDLES * ROWS } },
    moveOn() {
      bundles.push(bundleOf(BUNDLES), bundleOf(BUNDLES + 1));
      return { pool_0: 3 * ROWS };
    },
  });
});

function bundleOf(id: number) {
  const rows = Array.from({ length: ROWS }, (_, n) => ({ key: `${id * ROWS + n}`, value: { height: id * ROWS + n } }));
  const content = gzipSync(JSON.stringify(rows));
  const data_hash = createHash("sha256").update(content).digest("hex");
  return { id: String(id), storage_id: `tx-${id}`, storage_provider_id: "1", data_hash, content };
}

interface Storage extends AsyncDisposable {
  /** A proxy behind which every name leads to the storage. */
  proxy: string;
  /** The file of the certificate that it has under that name. */
  certificate: string;
}

async function startStorage(contentOf: (id: string) => Buffer | undefined): Promise<Storage> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-kyve-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const names = ["-subj", `/CN=${STORAGE}`, "-addext", `subjectAltName=DNS:${STORAGE}`];
  const files = ["-keyout", key, "-out", certificate];
  const kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  execFileSync("openssl", [...kind, ...files, ...names], { stdio: "ignore" });
  const storage = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    const content = contentOf((request.url ?? "").slice(1));
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  const proxy = createServer();
  proxy.on("connect", (_request, client) => {
    const upstream = connect(portOf(storage), "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
    upstream.pipe(client).pipe(upstream);
  });
  for (const server of [storage, proxy]) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    ...{ proxy: `http://127.0.0.1:${portOf(proxy)}`, certificate },
    async [Symbol.asyncDispose]() {
      storage.closeAllConnections();
      for (const server of [storage, proxy]) await new Promise((done) => server.close(done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
