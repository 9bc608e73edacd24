import { createHash } from "node:crypto";
import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { encodeUri, type S3Keys, signatureProblem } from "./s3-signature.ts";
import { startVendor, type Vendor } from "./vendor.ts";

export const S3_SECRETS: S3Keys = {
  access_key_id: "AKIAIOSFODNN7EXAMPLE",
  secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

export interface S3Object {
  body: Buffer;
  headers?: Readonly<Record<string, string>>;
  /** S3's code for whoever asks for it: it may not be read, or is archived. */
  refused?: string;
}

export interface S3Bucket {
  name: string;
  region: string;
  objects: Map<string, S3Object>;
  /** Objects on a page, at most. */
  page: number;
  /** Undefined lets in whoever asks. */
  keys: S3Keys | undefined;
  /** Listing is not permitted. */
  unlisted?: boolean;
}

const STATUS: Readonly<Record<string, number>> = {
  AuthorizationHeaderMalformed: 400,
  InvalidToken: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  PreconditionFailed: 412,
  InvalidRange: 416,
  SlowDown: 503,
};

const MESSAGES: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: "The AWS Access Key Id you provided does not exist in our records.",
  SignatureDoesNotMatch: "The request signature we calculated does not match the signature you provided.",
  AccessDenied: "Access Denied",
  NoSuchBucket: "The specified bucket does not exist",
  NoSuchKey: "The specified key does not exist.",
  PreconditionFailed: "At least one of the pre-conditions you specified did not hold",
  SlowDown: "Please reduce your request rate.",
  InvalidObjectState: "The operation is not valid for the object's storage class",
};

export function s3Bucket(
  objects: Readonly<Record<string, string | Buffer>> = {},
  more: Partial<S3Bucket> = {},
): S3Bucket {
  const stored = Object.entries(objects).map(([key, body]) => [key, { body: Buffer.from(body) }] as const);
  return { name: "data", region: "us-east-1", objects: new Map(stored), page: 1000, keys: S3_SECRETS, ...more };
}

export function s3Error(code: string, more: Readonly<Record<string, string>> = {}): TestAnswer {
  const fields = Object.entries({
    Code: code,
    Message: MESSAGES[code] ?? code,
    ...more,
    RequestId: "4442587FB7D0A2F9",
  });
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${fields.map(([name, text]) => `<${name}>${inXml(text)}</${name}>`).join("")}</Error>`;
  return { status: STATUS[code] ?? 403, headers: { "content-type": "application/xml" }, body };
}

/** ListObjectsV2 and GetObject with ranges and preconditions, path style, as S3's reference has them. */
export async function startS3(bucket: S3Bucket = s3Bucket()): Promise<Vendor> {
  return startVendor({
    admit: (request) => refusal(request, bucket),
    error: (status) => s3Error(status === 404 ? "NoSuchKey" : "InvalidRequest"),
    unauthorised: s3Error("InvalidAccessKeyId"),
    limited: s3Error("SlowDown"),
    routes: {
      "GET /{bucket}": (request, { bucket: name }) =>
        name === bucket.name ? list(request, bucket) : s3Error("NoSuchBucket"),
      "GET /{bucket}/{first}": get,
      "GET /{bucket}/{first}/{second}": get,
      "GET /{bucket}/{first}//{second}": get,
    },
  });
  function get(request: SeenRequest): TestAnswer {
    const [, name = "", key = ""] = /^\/([^/]+)\/(.*)$/.exec(decodeURIComponent(request.path)) ?? [];
    return name === bucket.name ? getObject(request, bucket.objects.get(key)) : s3Error("NoSuchBucket");
  }
}

export function etagOf({ body }: S3Object): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function refusal(request: SeenRequest, { keys, region }: S3Bucket): TestAnswer | undefined {
  if (keys === undefined)
    return request.headers.authorization === undefined ? undefined : s3Error("InvalidAccessKeyId");
  const problem = signatureProblem(request, keys, region);
  if (problem === undefined) return undefined;
  return s3Error(problem, problem === "AuthorizationHeaderMalformed" ? { Region: region } : {});
}

function list({ query }: SeenRequest, bucket: S3Bucket): TestAnswer {
  if (bucket.unlisted) return s3Error("AccessDenied");
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter");
  const after = query.get("continuation-token");
  const size = Math.min(Number(query.get("max-keys") ?? 1000), bucket.page);
  const encoded = (text: string) => (query.get("encoding-type") === "url" ? encodeUri(text, false) : inXml(text));
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const inFolder = (key: string) => delimiter !== null && key.slice(prefix.length).includes(delimiter);
  const from = after === null ? 0 : Number(Buffer.from(after, "base64url").toString());
  const page = keys.slice(from, from + size);
  const contents = page
    .filter((key) => !inFolder(key))
    .map((key) => {
      const object = bucket.objects.get(key) as S3Object;
      return `<Contents><Key>${encoded(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>${inXml(etagOf(object))}</ETag><Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    });
  const isCut = from + size < keys.length;
  const next = Buffer.from(String(from + size)).toString("base64url");
  const head = `<Name>${bucket.name}</Name><Prefix>${encoded(prefix)}</Prefix><EncodingType>url</EncodingType><IsTruncated>${isCut}</IsTruncated>`;
  const more = isCut ? `<NextContinuationToken>${next}</NextContinuationToken>` : "";
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${head}${more}${contents.join("")}</ListBucketResult>`;
  return { headers: { "content-type": "application/xml" }, body };
}

function getObject({ headers }: SeenRequest, object: S3Object | undefined): TestAnswer {
  if (object === undefined) return s3Error("NoSuchKey");
  if (object.refused !== undefined) return s3Error(object.refused);
  const { body } = object;
  const etag = etagOf(object);
  if (headers["if-match"] !== undefined && headers["if-match"] !== etag) return s3Error("PreconditionFailed");
  const shared = {
    etag,
    "accept-ranges": "bytes",
    "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    ...object.headers,
  };
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "");
  if (range === null) return { headers: shared, body };
  const [from, to] = [Number(range[1]), Math.min(Number(range[2]), body.length - 1)];
  if (from >= body.length) return s3Error("InvalidRange", { ActualObjectSize: String(body.length) });
  return {
    status: 206,
    headers: { ...shared, "content-range": `bytes ${from}-${to}/${body.length}` },
    body: body.subarray(from, to + 1),
  };
}

function inXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
