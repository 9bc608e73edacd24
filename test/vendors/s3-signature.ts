import { createHash, createHmac } from "node:crypto";
import type { SeenRequest } from "../harness/http-server.ts";

export interface S3Keys {
  access_key_id: string;
  secret_access_key: string;
  session_token?: string;
}

/** A signature holds for a quarter of an hour. */
const MAX_SKEW_MS = 15 * 60_000;

/** S3's code for what is wrong with the signature of a request, as its documentation has the rules; undefined if nothing. */
export function signatureProblem(request: SeenRequest, keys: S3Keys, region: string): string | undefined {
  const { authorization, "x-amz-date": date = "", "x-amz-security-token": token } = request.headers;
  if (authorization === undefined) return "AccessDenied";
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      authorization,
    );
  if (match === null) return "AuthorizationHeaderMalformed";
  const [, id, day = "", place, names = "", signature] = match;
  if (id !== keys.access_key_id) return "InvalidAccessKeyId";
  if (place !== region) return "AuthorizationHeaderMalformed";
  if (token !== keys.session_token) return "InvalidToken";
  if (Math.abs(Date.now() - timeOf(String(date))) > MAX_SKEW_MS) return "RequestTimeTooSkewed";
  const signed = names.split(";");
  if (!signed.includes("host") || !signed.includes("x-amz-date")) return "AccessDenied";
  const canonical = [
    request.method,
    encodeUri(decodeURIComponent(request.path), false),
    canonicalQuery(request.query),
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim().replace(/\s+/g, " ")}`),
    "",
    names,
    request.headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", date, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${keys.secret_access_key}`);
  return hmac(key, text).toString("hex") === signature ? undefined : "SignatureDoesNotMatch";
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => [encodeUri(name, true), encodeUri(value, true)] as const);
  return pairs
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&");
}

/** `UriEncode` of the documentation: everything but unreserved characters, by bytes of UTF-8, in upper case. */
export function encodeUri(text: string, slashToo: boolean): string {
  let out = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const char = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9_.~-]/.test(char) || (char === "/" && !slashToo);
    out += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
