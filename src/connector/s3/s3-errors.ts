import type { HttpAnswer, HttpJudge, HttpVerdict } from "../http/http-client.ts";
import { textIn, xmlRoot } from "./s3-xml.ts";

/** What a request was about. */
export interface S3Subject {
  bucket: string;
  connection: string;
  profile: string | undefined;
  /** The object that was asked for; a request without one was for the list of objects. */
  key?: string;
}

type Verdict = (error: S3Error, subject: S3Subject) => HttpVerdict;

interface S3Error {
  code: string;
  /** In S3's own words, with its code. */
  reason: string;
  region: string | undefined;
}

/** By S3's own code. What is not here is judged by its status. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  InvalidAccessKeyId: ({ reason }, subject) => badLogin(reason, subject, "access_key_id"),
  SignatureDoesNotMatch: ({ reason }, subject) => badLogin(reason, subject, "secret_access_key"),
  InvalidToken: ({ reason }, subject) => badLogin(reason, subject, "session_token"),
  ExpiredToken: ({ reason }, subject) => badLogin(reason, subject, "session_token"),
  TokenRefreshRequired: ({ reason }, subject) => badLogin(reason, subject, "session_token"),
  AccessDenied: ({ reason }, subject) => denied(reason, subject),
  AllAccessDisabled: ({ reason }, subject) => denied(reason, subject),
  InvalidObjectState: ({ reason }, subject) => ({
    ...{ action: "fail", code: "source_unreadable", reason },
    remedy: `${subject.key} is archived: restore it, or leave it out of \`path\`.`,
  }),
  NoSuchBucket: ({ reason }, { bucket }) => ({
    ...{ action: "fail", code: "source_not_found", reason },
    remedy: `Check the options \`bucket\` (${bucket}), \`endpoint\` and \`path_style\`.`,
  }),
  NoSuchKey: ({ reason }) => ({
    ...{ action: "fail", code: "source_not_found", reason },
    remedy: "Check the option `path`. An object that was listed before has been deleted since: run again.",
  }),
  PreconditionFailed: ({ reason }) => ({
    ...{ action: "fail", code: "source_changed_while_read", reason },
    remedy: "It was replaced while it was read: run again when its writer has finished.",
  }),
  RequestTimeTooSkewed: ({ reason }) => ({
    ...{ action: "fail", code: "source_refused", reason },
    remedy: "Set this machine's clock: signatures hold for a quarter of an hour.",
  }),
  AuthorizationHeaderMalformed: wrongRegion,
  PermanentRedirect: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  SlowDown: ({ reason }) => ({ action: "retry", code: "source_rate_limited", reason, remedy: "Run again later." }),
  RequestTimeout: ({ reason }) => ({ action: "retry", reason }),
  InternalError: ({ reason }) => ({ action: "retry", reason }),
};

/** What S3 means by a refusal: its status alone does not tell a wrong key from a missing right. */
export function judgeS3(subject: S3Subject): HttpJudge {
  return (answer) => {
    if (answer.status < 300) return undefined;
    const error = errorOf(answer);
    return error === undefined ? undefined : VERDICTS[error.code]?.(error, subject);
  };
}

function errorOf(answer: HttpAnswer): S3Error | undefined {
  const root = xmlRoot(answer.text());
  const code = root === undefined ? undefined : textIn(root, "Code");
  if (root === undefined || code === undefined) return undefined;
  const message = textIn(root, "Message");
  const region = answer.headers.get("x-amz-bucket-region") ?? textIn(root, "Region");
  return { code, reason: message ? `${code}: ${message}` : code, region };
}

function badLogin(reason: string, { connection, profile }: S3Subject, secret: string): HttpVerdict {
  const remedy =
    profile === undefined
      ? `The credentials are not accepted: set the secret \`${secret}\` anew with \`sluice secrets set ${connection} ${secret}\`.`
      : `The credentials of the profile ${profile} are not accepted: renew them.`;
  return { action: "fail", code: "credentials_rejected", reason, remedy };
}

function denied(reason: string, { bucket, key }: S3Subject): HttpVerdict {
  if (key === undefined) {
    const remedy = `The login may not list the bucket: grant it s3:ListBucket on arn:aws:s3:::${bucket}, or name objects in \`path\` without a glob.`;
    return { action: "fail", code: "credentials_rejected", reason, remedy };
  }
  const remedy = `The login may not read ${key}, or it does not exist and the login may not know: grant it s3:GetObject on arn:aws:s3:::${bucket}/${key}.`;
  return { action: "fail", code: "source_unreadable", reason, remedy };
}

function wrongRegion({ reason, region }: S3Error): HttpVerdict {
  const remedy =
    region === undefined
      ? "Correct the option `region`, or `endpoint`."
      : `The bucket is in another region: set the option \`region\` to ${region}.`;
  return { action: "fail", code: "connection_invalid", reason, remedy };
}
