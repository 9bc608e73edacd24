import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import s3 from "../../connectors/s3.ts";
import { ConnectorScope } from "../../src/connector/connector-scope.ts";
import { readAwsProfile } from "../../src/connector/s3/aws-profile.ts";
import { bucketAddress, s3Options } from "../../src/connector/s3/s3-options.ts";
import { type StreamTrial, tryStream } from "../../src/connector/testing/try-stream.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { systemClock } from "../../src/core/time.ts";
import { readContext } from "../harness/connector-context.ts";
import { S3_SECRETS, type S3Bucket, s3Bucket, startS3 } from "../vendors/s3-server.ts";
import type { Vendor } from "../vendors/vendor.ts";

async function serve(bucket: S3Bucket): Promise<Vendor> {
  const vendor = await startS3(bucket);
  onTestFinished(() => vendor[Symbol.asyncDispose]());
  return vendor;
}

function read(vendor: Vendor, options: JsonObject, more: Partial<StreamTrial> = {}) {
  const trial = { secrets: { ...S3_SECRETS }, ...more };
  return tryStream(s3, { ...trial, options: { bucket: "data", endpoint: vendor.url, ...options } });
}

/** Ranges that were asked of an object. */
function rangesOf({ server }: Vendor): (string | undefined)[] {
  return server.requests.filter(({ path }) => path !== "/data").map(({ headers }) => headers.range);
}

const BIG_ROWS = 400_000;
/** Of 9 MB: more than two blocks. */
const BIG = `id,text\n${Array.from({ length: BIG_ROWS }, (_, i) => `${i},text of row ${i}`).join("\n")}\n`;

describe("what is fetched of a bucket", () => {
  it("is a small object by one request, and one that is loaded by none", async () => {
    const vendor = await serve(
      s3Bucket({ "in/a.csv": "id\n1\n", "in/b.csv": "id\n2\n", "in/deep/c.csv": "id\n3\n", "in/": "" }),
    );
    const first = await read(vendor, { path: "in/*.csv" });
    expect(first.rows).toEqual([{ id: "1" }, { id: "2" }]);
    expect(vendor.requests).toHaveLength(3);
    const second = await read(vendor, { path: "in/*.csv" }, { cursor: first.cursor as JsonValue });
    expect(second.rows).toEqual([]);
    expect(vendor.requests.slice(3).map(({ url }) => url)).toEqual([expect.stringContaining("list-type=2")]);
  });

  it("needs no right to list where the path has no glob", async () => {
    const vendor = await serve(s3Bucket({ "in/a.csv": "id\n1\n" }, { unlisted: true }));
    const first = await read(vendor, { path: "in/a.csv" });
    expect(first.rows).toEqual([{ id: "1" }]);
    expect((await read(vendor, { path: "in/a.csv" }, { cursor: first.cursor as JsonValue })).rows).toEqual([]);
    await expect(read(vendor, { path: "in/*.csv" })).rejects.toMatchObject({
      code: "credentials_rejected",
      message: expect.stringContaining("s3:ListBucket on arn:aws:s3:::data"),
    });
  });

  it("is found whatever its key looks like", async () => {
    const keys = [
      "in/a b.csv",
      "in/ä+ö&=.csv",
      "in/100%.csv",
      "in/it's (1)!*.csv",
      "in//double.csv",
      "in/<x>&amp;.csv",
    ];
    const vendor = await serve(s3Bucket(Object.fromEntries(keys.map((key) => [key, `id\n${key}\n`]))));
    const { rows } = await read(vendor, { path: "in/**", header: true, format: "csv" });
    expect(rows.map((row) => row["id"]).sort()).toEqual([...keys].sort());
    const alone = await read(vendor, { path: "in/ä+ö&=.csv", header: true });
    expect(alone.rows).toEqual([{ id: "in/ä+ö&=.csv" }]);
  });

  it("is unpacked once, also where the store says how it was packed", async () => {
    const bucket = s3Bucket({ "a.csv.gz": gzipSync("id\n1\n") });
    bucket.objects.set("b.csv", { body: gzipSync("id\n2\n"), headers: { "content-encoding": "gzip" } });
    expect((await read(await serve(bucket), { path: ["*.csv*"], stream: "all" })).rows).toEqual([
      { id: "1" },
      { id: "2" },
    ]);
  });

  it("is nothing of an empty object, nor of a prefix with nothing, of which it warns", async () => {
    const vendor = await serve(s3Bucket({ "in/empty.csv": "" }));
    expect((await read(vendor, { path: "in/*.csv" })).rows).toEqual([]);
    expect((await read(vendor, { path: "in/empty.csv" })).rows).toEqual([]);
    expect((await read(vendor, { path: "out/*.csv" })).log).toEqual(["warn: no file matches out/*.csv"]);
  });

  it("is the rest of an object that begins with what was loaded, and a changed one is told", async () => {
    const bucket = s3Bucket({ "a.csv": "id\n1\n" });
    const vendor = await serve(bucket);
    const { cursor } = await read(vendor, { path: "a.csv" });
    bucket.objects.set("a.csv", { body: Buffer.from("id\n1\n2\n") });
    expect((await read(vendor, { path: "a.csv" }, { cursor: cursor as JsonValue })).rows).toEqual([{ id: "2" }]);
    bucket.objects.set("a.csv", { body: Buffer.from("id\n9\n") });
    const again = read(vendor, { path: "a.csv" }, { cursor: cursor as JsonValue });
    await expect(again).rejects.toMatchObject({ code: "source_changed" });
  });

  it("is what lies behind the last stored row, after a run that was killed within a large object", async () => {
    const vendor = await serve(s3Bucket({ "big.csv": BIG }));
    const { rows, cursor } = await readUntil(vendor, 5_000_000);
    expect(rows).toBeLessThan(BIG_ROWS);
    vendor.server.requests.length = 0;
    const rest = await read(vendor, { path: "big.csv" }, { cursor });
    expect(rest.rows[0]).toEqual({ id: String(rows), text: `text of row ${rows}` });
    expect(rest.rows).toHaveLength(BIG_ROWS - rows);
    const [look, head, next] = rangesOf(vendor);
    expect([look, head]).toEqual(["bytes=0-0", "bytes=0-524287"]);
    expect(Number(/=(\d+)/.exec(next ?? "")?.[1]), "what is stored is not fetched again").toBeGreaterThan(4_800_000);
  });
});

/** Reads on until so many bytes have come, and stops there as a killed run would. */
async function readUntil(vendor: Vendor, bytes: number): Promise<{ rows: number; cursor: JsonValue }> {
  const scope = new ConnectorScope();
  onTestFinished(() => scope.close());
  const use = { signal: new AbortController().signal, emit: () => {}, log: () => {}, clock: systemClock };
  const options = s3.options.parse({ bucket: "data", endpoint: vendor.url, path: "big.csv" });
  const http = (how = {}) => scope.http(how, use);
  const context = readContext({ options, secrets: { ...S3_SECRETS }, stream: "big", http });
  const [stream] = typeof s3.streams === "function" ? await s3.streams(context) : s3.streams;
  let rows = 0;
  let read = 0;
  for await (const batch of stream?.read(context) ?? []) {
    if ("sliced" in batch) rows += batch.sliced.count;
    read += batch.bytes ?? 0;
    if (read > bytes) return { rows, cursor: JSON.parse(JSON.stringify(batch.cursor)) as JsonValue };
  }
  throw new Error("the object ended before");
}

describe("a store that fails", () => {
  it.each([
    ["another secret", { secret_access_key: "x".repeat(40) }, "secret_access_key"],
    ["an unknown key", { access_key_id: "AKIAUNKNOWN" }, "access_key_id"],
    ["a token that is not wanted", { session_token: "FwoGZXIvYXdzEXAMPLE" }, "session_token"],
  ])("is asked once with %s, and the secret is named", async (_, wrong, secret) => {
    const vendor = await serve(s3Bucket({ "a.csv": "id\n1\n" }));
    await expect(read(vendor, { path: "*.csv" }, { secrets: { ...S3_SECRETS, ...wrong } })).rejects.toMatchObject({
      code: "credentials_rejected",
      message: expect.stringMatching(new RegExp(`set the secret \`${secret}\` anew with \`sluice secrets set`)),
    });
    expect(vendor.requests).toHaveLength(1);
  });

  it("names the bucket that does not exist, and the region of one that is elsewhere", async () => {
    const vendor = await serve(s3Bucket({}, { region: "eu-central-1" }));
    await expect(read(vendor, { path: "*.csv" })).rejects.toMatchObject({
      code: "connection_invalid",
      message: expect.stringContaining("set the option `region` to eu-central-1"),
    });
    await expect(read(vendor, { path: "*.csv", region: "eu-central-1", bucket: "datum" })).rejects.toMatchObject({
      code: "source_not_found",
      message: expect.stringMatching(/NoSuchBucket.*`bucket` \(datum\)/),
    });
  });

  it.each([
    ["AccessDenied", "s3:GetObject on arn:aws:s3:::data/b.csv"],
    ["InvalidObjectState", "b.csv is archived: restore it"],
  ])("says which right or step is missing for an object with %s", async (refused, remedy) => {
    const bucket = s3Bucket({ "a.csv": "id\n1\n", "c.csv": "id\n3\n" });
    bucket.objects.set("b.csv", { body: Buffer.from("id\n2\n"), refused });
    const vendor = await serve(bucket);
    const options = { path: "*.csv", stream: "all" };
    await expect(read(vendor, options)).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining(remedy),
    });
  });

  it("says so of an object that vanishes after it was listed", async () => {
    const bucket = s3Bucket({ "a.csv": "id\n1\n" });
    const vendor = await serve(bucket);
    vendor.onRequest = (number) => void (number === 2 && bucket.objects.clear());
    await expect(read(vendor, { path: "*.csv", stream: "all" })).rejects.toMatchObject({
      code: "source_not_found",
      message: expect.stringContaining("deleted since: run again"),
    });
  });

  it("never mixes an object with what has replaced it while it was read", async () => {
    const bucket = s3Bucket({ "big.csv": BIG });
    const vendor = await serve(bucket);
    vendor.onRequest = (number) =>
      void (number === 4 && bucket.objects.set("big.csv", { body: Buffer.from(`${BIG}x,y\n`) }));
    await expect(read(vendor, { path: "big.csv" })).rejects.toMatchObject({ code: "source_changed_while_read" });
  });

  it("is asked again for a part that broke off, and no row is missing", async () => {
    const vendor = await serve(s3Bucket({ "big.csv": BIG }));
    let broken = 0;
    vendor.onRequest = (number) => {
      if (number !== 3 && number !== 4) return;
      broken++;
      vendor.refuse(1, { status: 206, headers: { "content-length": "4194304", connection: "close" }, body: "cut off" });
    };
    const { rows } = await read(vendor, { path: "big.csv" });
    expect(broken).toBe(2);
    expect(rows).toHaveLength(BIG_ROWS);
    expect(rows.at(-1)).toEqual({ id: String(BIG_ROWS - 1), text: `text of row ${BIG_ROWS - 1}` });
  });

  it("must serve parts: one that always gives the whole is refused where that matters", async () => {
    const bucket = s3Bucket({ "big.csv": BIG });
    const vendor = await serve(bucket);
    vendor.onRequest = (number) => void (number > 2 && vendor.refuse(1, { status: 200, body: "another" }));
    await expect(read(vendor, { path: "big.csv" })).rejects.toMatchObject({
      code: "source_truncated",
      message: expect.stringContaining("does not serve parts of objects"),
    });
  });
});

describe("a login", () => {
  it("is not needed for a public bucket, and its lack is told elsewhere", async () => {
    const vendor = await serve(s3Bucket({ "a.csv": "id\n1\n" }, { keys: undefined }));
    expect((await read(vendor, { path: "a.csv", anonymous: true }, { secrets: {} })).rows).toHaveLength(1);
    await expect(read(vendor, { path: "a.csv" }, { secrets: {} })).rejects.toMatchObject({
      code: "secret_missing",
      message: expect.stringContaining("`access_key_id` is not set"),
    });
  });

  it("may be a profile's", async () => {
    const home = await mkdtemp(join(tmpdir(), "sluice-aws-"));
    onTestFinished(() => rm(home, { recursive: true }));
    await mkdir(join(home, ".aws"));
    await writeFile(
      join(home, ".aws", "credentials"),
      "[default]\naws_access_key_id = A\naws_secret_access_key = B\n\n[work]\naws_access_key_id=C\naws_secret_access_key=D=\naws_session_token=E\n",
    );
    await writeFile(
      join(home, ".aws", "config"),
      "[default]\nregion=us-east-2\n[profile work]\nregion = eu-west-1\n[profile sso]\nsso_session = x\n",
    );
    expect(await readAwsProfile("work", home)).toEqual({
      ...{ access_key_id: "C", secret_access_key: "D=", session_token: "E", region: "eu-west-1" },
    });
    expect(await readAwsProfile("default", home)).toMatchObject({ access_key_id: "A", region: "us-east-2" });
    await expect(readAwsProfile("sso", home)).rejects.toMatchObject({
      code: "secret_missing",
      message: expect.stringMatching(/\[sso\].*`profile`/),
    });
  });
});

describe("the address of a bucket", () => {
  it.each([
    [{}, "https://data.s3.eu-west-1.amazonaws.com"],
    [{ bucket: "my.data" }, "https://s3.eu-west-1.amazonaws.com/my.data"],
    [{ endpoint: "http://127.0.0.1:9000/" }, "http://127.0.0.1:9000/data"],
    [{ endpoint: "https://fsn1.example.com", path_style: false }, "https://data.fsn1.example.com"],
    [{ endpoint: "https://example.com/store" }, "https://example.com/store/data"],
  ])("of %j is %s", (options, address) => {
    expect(bucketAddress(z.strictObject(s3Options).parse({ bucket: "data", ...options }), "eu-west-1")).toBe(address);
  });
});
