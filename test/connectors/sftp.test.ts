import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import ssh2 from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import sftp from "../../connectors/sftp.ts";
import { ConnectorScope } from "../../src/connector/connector-scope.ts";
import { type StreamTrial, tryStream } from "../../src/connector/testing/try-stream.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { readContext } from "../harness/connector-context.ts";
import { type SftpLogin, type SftpServer, startSftp } from "../vendors/sftp-server.ts";

const LOGIN: SftpLogin = { username: "ada", password: "correct horse" };

async function serve(files: Readonly<Record<string, string | Buffer>>, login = LOGIN): Promise<SftpServer> {
  const server = await startSftp(login, files);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function optionsFor({ port, fingerprint }: SftpServer, options: JsonObject): JsonObject {
  return { host: "127.0.0.1", port, username: "ada", host_fingerprint: fingerprint, ...options };
}

function read(server: SftpServer, options: JsonObject, more: Partial<StreamTrial> = {}) {
  return tryStream(sftp, { secrets: { password: "correct horse" }, ...more, options: optionsFor(server, options) });
}

const BIG_ROWS = 200_000;
/** Of 4 MB: several blocks. */
const BIG = `id,text\n${Array.from({ length: BIG_ROWS }, (_, i) => `${i},text of row ${i}`).join("\n")}\n`;

describe("files of a server", () => {
  it("are found by globs, read once, and their rest when they have grown", async () => {
    const server = await serve({
      "out/a.csv": "id\n1\n",
      "out/b.csv.gz": gzipSync("id\n2\n"),
      "out/sub/c.csv": "id\n3\n",
      "other/d.csv": "id\n4\n",
    });
    const first = await read(server, { path: "out/*.csv*" });
    expect(first.rows).toEqual([{ id: "1" }, { id: "2" }]);
    expect(server.listed, "only where something can match").toEqual(["out/"]);
    server.reads.length = 0;
    const cursor = first.cursor as JsonValue;
    expect((await read(server, { path: "out/*.csv*" }, { cursor })).rows).toEqual([]);
    expect(server.reads).toEqual([]);
    server.files.set("out/a.csv", { body: Buffer.from("id\n1\n5\n"), mtime: 1_750_000_100 });
    expect((await read(server, { path: "out/*.csv*" }, { cursor })).rows).toEqual([{ id: "5" }]);
    server.files.set("out/a.csv", { body: Buffer.from("id\n9\n"), mtime: 1_750_000_200 });
    await expect(read(server, { path: "out/*.csv*" }, { cursor })).rejects.toMatchObject({ code: "source_changed" });
  });

  it("are found in folders below, and none is missing of a path that names none", async () => {
    const server = await serve({
      "logs/1/x.ndjson": '{"id":1}\n',
      "logs/2/y/z.ndjson": '{"id":2}\n',
      "logs/.h/w.ndjson": '{"id":3}\n',
    });
    expect((await read(server, { path: "logs/**/*.ndjson" })).rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect((await read(server, { path: "logs/*/x.ndjson" })).rows).toEqual([{ id: 1 }]);
    expect((await read(server, { path: "logs/none-*.ndjson" })).log).toEqual([
      "warn: no file matches logs/none-*.ndjson",
    ]);
    await expect(read(server, { path: "logs/none.ndjson" })).rejects.toMatchObject({ code: "source_not_found" });
    await expect(read(server, { path: "logs" })).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("logs/*.csv"),
    });
    await expect(read(server, { path: "nowhere/*.csv" })).rejects.toMatchObject({ code: "source_not_found" });
  });

  it("are gone on with behind the last stored row, without reading what is before it", async () => {
    const server = await serve({ "big.csv": BIG });
    const { rows, cursor } = await readUntil(server, 2_000_000);
    server.reads.length = 0;
    const rest = await read(server, { path: "big.csv" }, { cursor });
    expect(rest.rows).toHaveLength(BIG_ROWS - rows);
    expect(rest.rows[0]).toEqual({ id: String(rows), text: `text of row ${rows}` });
    const between = server.reads.filter(({ offset }) => offset > 1_100_000 && offset < 1_900_000);
    expect(between, "of what is stored only the beginning is looked at").toEqual([]);
  });

  it("that one may not read are named, as is one that becomes shorter while it is read", async () => {
    const server = await serve({ "a.csv": "id\n1\n", "big.csv": BIG });
    (server.files.get("a.csv") as { locked?: boolean }).locked = true;
    await expect(read(server, { path: "a.csv" })).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringMatching(/opening a\.csv: the user may not read it/),
    });
    server.onRead = (count) =>
      void (count === 40 && server.files.set("big.csv", { body: Buffer.from("id\n"), mtime: 1 }));
    await expect(read(server, { path: "big.csv" })).rejects.toMatchObject({ code: "source_changed_while_read" });
  });

  it("whose server breaks off end the attempt, to be tried again", async () => {
    const server = await serve({ "big.csv": BIG });
    server.onRead = (count) => void (count === 50 && server.breakOff());
    await expect(read(server, { path: "big.csv" })).rejects.toMatchObject({ code: "source_lost" });
  });

  it("that are not answered for end at once when the run is stopped", async () => {
    const server = await serve({ "big.csv": BIG });
    const stop = new AbortController();
    server.onRead = (count) => {
      if (count < 3) return;
      server.silent = true;
      setTimeout(() => stop.abort(), 50);
    };
    await expect(readUntil(server, Number.POSITIVE_INFINITY, stop.signal)).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

/** Reads on until so many bytes have come, and stops there as a killed run would. */
async function readUntil(
  server: SftpServer,
  bytes: number,
  signal = new AbortController().signal,
): Promise<{ rows: number; cursor: JsonValue }> {
  const scope = new ConnectorScope();
  onTestFinished(() => scope.close());
  const options = sftp.options.parse(optionsFor(server, { path: "big.csv" }));
  const context = readContext({
    options,
    secrets: { password: "correct horse" },
    stream: "big",
    signal,
    defer: scope.defer,
  });
  const [stream] = typeof sftp.streams === "function" ? await sftp.streams(context) : sftp.streams;
  let rows = 0;
  let read = 0;
  for await (const batch of stream?.read(context) ?? []) {
    if ("sliced" in batch) rows += batch.sliced.count;
    read += batch.bytes ?? 0;
    if (read > bytes) return { rows, cursor: JSON.parse(JSON.stringify(batch.cursor)) as JsonValue };
  }
  throw new Error("the file ended before");
}

describe("a login", () => {
  it("with a wrong password is refused once, and the secret is named", async () => {
    const server = await serve({ "a.csv": "id\n1\n" });
    await expect(read(server, { path: "a.csv" }, { secrets: { password: "wrong" } })).rejects.toMatchObject({
      code: "credentials_rejected",
      message: expect.stringMatching(/secret `password`.*sluice secrets set a_test password/),
    });
    expect(server.logins.filter((method) => method === "password")).toHaveLength(1);
    await expect(read(server, { path: "a.csv" }, { secrets: {} })).rejects.toMatchObject({ code: "secret_missing" });
  });

  it("by key works with its passphrase, and says what is wrong without", async () => {
    const keys = ssh2.utils.generateKeyPairSync("ed25519", {
      passphrase: "open sesame",
      cipher: "aes256-ctr",
      rounds: 4,
    });
    const server = await serve({ "a.csv": "id\n1\n" }, { username: "ada", publicKey: keys.public });
    const attempt = (secrets: Record<string, string>) => read(server, { path: "a.csv" }, { secrets });
    expect((await attempt({ private_key: keys.private, passphrase: "open sesame" })).rows).toEqual([{ id: "1" }]);
    await expect(attempt({ private_key: keys.private })).rejects.toMatchObject({
      code: "secret_missing",
      message: expect.stringContaining("`passphrase`"),
    });
    await expect(attempt({ private_key: keys.private, passphrase: "wrong" })).rejects.toMatchObject({
      code: "credentials_rejected",
      message: expect.stringContaining("`passphrase`"),
    });
    await expect(attempt({ private_key: "no key" })).rejects.toMatchObject({
      code: "credentials_rejected",
      message: expect.stringContaining("`private_key`"),
    });
    const other = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "pkcs1", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    await expect(attempt({ private_key: other.privateKey })).rejects.toMatchObject({ code: "credentials_rejected" });
  });

  it("is reported with the files that it sees", async () => {
    const server = await serve({ "a.csv": "id\n1\n" });
    const scope = new ConnectorScope();
    onTestFinished(() => scope.close());
    const check = (path: string[]) => {
      const options = sftp.options.parse(optionsFor(server, { path }));
      return sftp.check(
        readContext({ options, secrets: { password: "correct horse" }, stream: "", defer: scope.defer }),
      );
    };
    const message = "1 file, 5 bytes; logged in as ada on 127.0.0.1";
    expect(await check(["*.csv", "a.csv"])).toMatchObject({ message, warnings: [] });
    expect(await check(["*.csv", "*.json"])).toMatchObject({
      message,
      warnings: ["no file matches *.json. Check the option `path`, unless the files are still to come."],
    });
  });
});

describe("a server", () => {
  async function knownHosts(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "sluice-ssh-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "known_hosts"), text);
    return join(folder, "known_hosts");
  }

  it("that is not known is refused before a login, with its fingerprint and what to do", async () => {
    const server = await serve({ "a.csv": "id\n1\n" });
    const known_hosts = await knownHosts("");
    const { host_fingerprint: _, ...options } = optionsFor(server, { path: "a.csv", known_hosts });
    await expect(tryStream(sftp, { options, secrets: { password: "correct horse" } })).rejects.toMatchObject({
      code: "source_tls",
      message: expect.stringMatching(
        new RegExp(`${server.fingerprint.replace(/[+/]/g, "\\$&")} is not known.*host_fingerprint`),
      ),
    });
    expect(server.logins).toEqual([]);
  });

  it("is known by its line in known_hosts; another key there is a changed one, a revoked one is none", async () => {
    const server = await serve({ "a.csv": "id\n1\n" });
    const other = await serve({});
    const name = `[127.0.0.1]:${server.port}`;
    const attempt = async (text: string) => {
      const { host_fingerprint: _, ...options } = optionsFor(server, {
        path: "a.csv",
        known_hosts: await knownHosts(text),
      });
      return tryStream(sftp, { options, secrets: { password: "correct horse" } });
    };
    expect((await attempt(`# of the office\n${name} ${server.publicKey} ada@office\n`)).rows).toHaveLength(1);
    await expect(attempt(`${name} ${other.publicKey}\n`)).rejects.toMatchObject({
      code: "source_tls",
      message: expect.stringContaining("is not the one in"),
    });
    await expect(attempt(`@revoked * ${server.publicKey}\n${name} ${server.publicKey}\n`)).rejects.toMatchObject({
      code: "source_tls",
      message: expect.stringContaining("is revoked"),
    });
    const changed = read(server, { path: "a.csv", host_fingerprint: other.fingerprint });
    await expect(changed).rejects.toMatchObject({
      code: "source_tls",
      message: expect.stringContaining(server.fingerprint),
    });
  });

  it("that is not there, or is none, is told apart from a refused login", async () => {
    const server = await serve({ "a.csv": "id\n1\n" });
    await server[Symbol.asyncDispose]();
    await expect(read(server, { path: "a.csv" })).rejects.toMatchObject({
      code: "source_unreachable",
      message: `connecting to sftp://ada@127.0.0.1:${server.port}: it refuses the connection: nothing listens there. Check the options \`host\` and \`port\` and the network.`,
    });
    const unknown = { host: "sftp.invalid", port: 22, path: "a.csv" };
    await expect(read(server, unknown)).rejects.toMatchObject({
      code: "source_unreachable",
      message: expect.stringMatching(
        /^connecting to sftp:\/\/ada@sftp\.invalid: its name (is not known to DNS|could not be)/,
      ),
    });
  });
});
