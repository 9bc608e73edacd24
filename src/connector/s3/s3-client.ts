import { ConnectorError } from "../connector-error.ts";
import type { ConnectorContext } from "../define-connector.ts";
import type { HttpAuth, UnsignedRequest } from "../http/http-auth.ts";
import type { HttpRequest, HttpResponse } from "../http/http-client.ts";
import { type AwsLogin, readAwsProfile } from "./aws-profile.ts";
import { judgeS3, type S3Subject } from "./s3-errors.ts";
import { bucketAddress, type S3Options, type S3Secrets } from "./s3-options.ts";

/** Blocks of a file are fetched while others are read. */
const CONCURRENCY = 8;
const DEFAULT_REGION = "us-east-1";

export type S3Context = Pick<ConnectorContext<S3Options, S3Secrets>, "options" | "secrets" | "http" | "connection">;

/** A bucket that requests can be sent to. */
export interface S3Client {
  /** `s3://bucket` */
  name: string;
  /** `the access key …4X7Q`, or that there is none. */
  login: string;
  /** GET of an object, or of the bucket where the key is empty. */
  get(key: string, request: S3Request): Promise<HttpResponse>;
}

export interface S3Request extends Pick<HttpRequest, "headers" | "accept" | "doing"> {
  query?: Readonly<Record<string, string>>;
}

export async function openBucket({ options, secrets, http, connection }: S3Context): Promise<S3Client> {
  const login = await loginOf(options, secrets);
  const region = options.region ?? login?.region ?? DEFAULT_REGION;
  const base = bucketAddress(options, region);
  const subject = { bucket: options.bucket, connection, profile: options.profile };
  const payer = options.requester_pays ? { "x-amz-request-payer": "requester" } : {};
  const client = await http({
    baseUrl: base,
    headers: { accept: "*/*", "accept-encoding": "identity", ...payer },
    concurrency: CONCURRENCY,
    max_redirects: 0,
    ...(login === undefined ? {} : { auth: signing(login, region) }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return {
    name: `s3://${options.bucket}`,
    login: login === undefined ? "not logged in" : `logged in with the access key …${login.access_key_id.slice(-4)}`,
    get: (key, { query, ...request }) =>
      client.get(addressOf(base, key, query), { ...request, packed: true, judge: judgeS3(about(subject, key)) }),
  };
}

function about(subject: Omit<S3Subject, "key">, key: string): S3Subject {
  return key === "" ? subject : { ...subject, key };
}

async function loginOf({ anonymous, profile }: S3Options, secrets: S3Secrets): Promise<AwsLogin | undefined> {
  if (anonymous) return undefined;
  if (profile !== undefined) return await readAwsProfile(profile);
  const { access_key_id, secret_access_key, session_token } = secrets;
  if (access_key_id !== undefined && secret_access_key !== undefined) {
    return { access_key_id, secret_access_key, session_token };
  }
  const missing = access_key_id === undefined ? "access_key_id" : "secret_access_key";
  throw new ConnectorError(
    "secret_missing",
    `logging in to S3: the secret \`${missing}\` is not set. Set it, name a \`profile\`, or say that the bucket is public with \`anonymous\`.`,
    { details: { secret: missing } },
  );
}

/** The library is loaded with the first request. */
function signing({ access_key_id, secret_access_key, session_token }: AwsLogin, region: string): HttpAuth {
  const login = { accessKeyId: access_key_id, secretAccessKey: secret_access_key, service: "s3", region };
  const session = session_token === undefined ? {} : { sessionToken: session_token };
  const cache = new Map<string, ArrayBuffer>();
  return {
    type: "signed",
    async sign({ method, url }: UnsignedRequest) {
      const { AwsV4Signer } = await import("aws4fetch");
      const signed = await new AwsV4Signer({ method, url: url.href, ...login, ...session, cache }).sign();
      return Object.fromEntries(signed.headers as unknown as Iterable<[string, string]>);
    },
    parts: [secret_access_key, access_key_id, ...(session_token === undefined ? [] : [session_token])],
    secret: "secret_access_key",
  };
}

/** @throws ConnectorError when no address can name the object */
function addressOf(base: string, key: string, query: S3Request["query"] = {}): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  const path = key === "" ? "" : `/${key.split("/").map(encode).join("/")}`;
  const address = `${base}${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
  if (!key.split("/").some((part) => part === "." || part === "..")) return address;
  const message = `reading ${key}: a key with a part "." or ".." cannot be asked for by an address. Copy the object to another key.`;
  throw new ConnectorError("source_unreadable", message, { details: { file: key } });
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
