import type pg from "pg";
import type { ErrorCode } from "../../core/error-catalogue.ts";
import { isSluiceError, SluiceError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { describePrivilege } from "./privilege-message.ts";

/** What the driver and the socket attach to an error. */
interface Failure {
  code?: string;
  message: string;
  schema?: string;
  table?: string;
  column?: string;
  constraint?: string;
}

interface Where {
  host?: string;
  port?: number;
  database?: string;
  username?: string;
  /** Of the tables that the statement was about. */
  schema?: string;
}

interface Finding {
  code: ErrorCode;
  /** What to do next, as one or two sentences. */
  remedy: string;
}

/** The parts of a message, for those who show them apart. */
export interface Diagnosis {
  code: ErrorCode;
  /** What happened, in the words of the server or the system, without values of rows. */
  what: string;
  remedy: string;
}

/**
 * Any failure of a connection or a statement as a SluiceError with the code of the catalogue.
 * `doing` begins the message: `creating the table shop.orders`.
 */
export function asDestinationError(error: unknown, doing: string, where: Where = {}): SluiceError {
  if (isSluiceError(error)) return error;
  const failure = innermost(error);
  const { code, what, remedy } = diagnose(error, where);
  const cause = withoutValues(error, failure);
  return new SluiceError(code, `${doing}: ${what}. ${remedy}`.trimEnd(), { cause, details: detailsOf(failure) });
}

/** What a client knows of its own whereabouts, for the remedies that name the role. */
export function whereOf(client: pg.Client | undefined): Where {
  const { host, port, database, user } = client ?? {};
  const known = { host, port, database, username: user };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

export function diagnose(error: unknown, where: Where = {}): Diagnosis {
  const failure = innermost(error);
  const cause = withoutValues(error, failure);
  const what = cause instanceof Error && cause.message !== "" ? cause.message : (failure.code ?? "unknown error");
  return { what, ...(recognise(failure, where) ?? { code: "internal", remedy: "" }) };
}

/** The server takes this login only encrypted, or only unencrypted. */
export function isRefusedWithoutTls(error: unknown): boolean {
  const { code, message } = innermost(error);
  return code === "28000" && /pg_hba\.conf|SSL/i.test(message);
}

export function isTlsFailure(error: unknown): boolean {
  const { code = "", message } = innermost(error);
  return TLS_CODES.test(code) || TLS_MESSAGES.test(message);
}

const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|EPROTO$|INVALID_CA|CRL_)/;
const TLS_MESSAGES =
  /does not support SSL|establishing an SSL|SSL routines|certificate|TLS connection was established/i;
const SQLSTATE = /^[0-9A-Z]{5}$/;
const UNKNOWN_HOST = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_NONAME", "EAI_NODATA", "EAI_FAIL"]);
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "ENOENT",
  "EACCES",
]);
const LOST = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"]);
const LOST_MESSAGES =
  /Connection terminated|connection error and is not queryable|Client was closed|write after end|socket has been ended/i;
/** True both of an attempt that is not the last and of the last. */
const RETRY = "If no attempt is left, run again: nothing is lost or doubled.";

/** By SQLSTATE; the class (its first two characters) decides where the whole code is not listed. */
const BY_SQLSTATE: Record<string, Finding> = {
  "42939": {
    code: "connection_invalid",
    remedy: "Names that begin with pg_ are Postgres's own: give the connection another `namespace` under `schema`.",
  },
  // A server that asks for passwords says the same of a role that it does not have.
  "28P01": {
    code: "destination_login",
    remedy:
      "Set the right `username` and `password` in the secrets file, or make the role with `sluice db bootstrap` if there is none yet.",
  },
  "28000": {
    code: "destination_login",
    remedy: "Check `username` and `sslmode`, and that pg_hba.conf lets this role in from this machine.",
  },
  "3D000": {
    code: "destination_login",
    remedy: "Correct `database`, or make the database with `sluice db bootstrap`.",
  },
  "25006": {
    code: "destination_read_only",
    remedy: "Point the destination at the primary server, or switch off default_transaction_read_only.",
  },
  "53100": { code: "destination_full", remedy: "Free some space on the server's disk and run again." },
  "53200": { code: "destination_busy", remedy: `The server is short of memory. ${RETRY}` },
  "53300": {
    code: "destination_busy",
    remedy: `Close other connections or raise max_connections. ${RETRY}`,
  },
  "40001": { code: "destination_busy", remedy: RETRY },
  "40P01": { code: "destination_busy", remedy: `Another transaction wanted the same rows. ${RETRY}` },
  "55P03": {
    code: "destination_busy",
    remedy: `Another transaction holds the lock: see pg_locks. Raise the connection's \`lock_timeout_s\` to wait longer. ${RETRY}`,
  },
  "55006": { code: "destination_busy", remedy: `Something else is using the object. ${RETRY}` },
  "57014": {
    code: "destination_busy",
    remedy: `Raise the role's statement_timeout if it is too short for a load. ${RETRY}`,
  },
  "57P01": { code: "destination_lost", remedy: `The server was stopped or the session ended by its admin. ${RETRY}` },
  "57P02": { code: "destination_lost", remedy: `Another session of the server crashed. ${RETRY}` },
  "57P03": { code: "destination_lost", remedy: `The server is starting up or shutting down. ${RETRY}` },
  "57P04": { code: "destination_lost", remedy: "The database was dropped." },
  "57P05": { code: "destination_lost", remedy: `The session was idle for too long. ${RETRY}` },
  "25P03": { code: "destination_lost", remedy: `The transaction was idle for too long. ${RETRY}` },
  "25P04": { code: "destination_lost", remedy: `Raise the role's transaction_timeout. ${RETRY}` },
  "08": { code: "destination_lost", remedy: RETRY },
  "58": { code: "destination_refused", remedy: "The server's disk or files are at fault: look at the server's log." },
  XX: { code: "destination_refused", remedy: "The server met a defect or damaged data: look at the server's log." },
};

function recognise(failure: Failure, where: Where): Finding | undefined {
  const { code = "", message } = failure;
  if (UNKNOWN_HOST.has(code)) {
    return { code: "destination_unknown_host", remedy: `Check \`host\` (${where.host ?? "as configured"}) and DNS.` };
  }
  if (UNREACHABLE.has(code) || message === "timeout expired") return unreachable(code, where);
  if (isTlsFailure(failure)) return { code: "destination_tls", remedy: tlsRemedy(failure) };
  if (LOST.has(code) || LOST_MESSAGES.test(message)) {
    const server = where.host === undefined ? "the server" : `the server at ${placeOf(where)}`;
    return { code: "destination_lost", remedy: `Check that ${server} runs. ${RETRY}` };
  }
  if (/^SASL|SCRAM/.test(message)) return { code: "destination_login", remedy: "Set `password` in the secrets file." };
  if (SQLSTATE.test(code)) return bySqlState(code, failure, where);
  return undefined;
}

function bySqlState(code: string, failure: Failure, where: Where): Finding {
  if (code === "28000" && /^role .* does not exist$/.test(failure.message)) {
    return { code: "destination_login", remedy: "Correct `username`, or make the role with `sluice db bootstrap`." };
  }
  if (code === "42501") return { code: "destination_privilege", remedy: describePrivilege(failure.message, where) };
  const known = BY_SQLSTATE[code] ?? BY_SQLSTATE[code.slice(0, 2)];
  return known ?? { code: "destination_refused", remedy: `The server's code for it is ${code}.` };
}

function placeOf({ host, port }: Where): string {
  return `${host ?? "the host"}:${port ?? "port"}`;
}

function unreachable(code: string, where: Where): Finding {
  const place = placeOf(where);
  const reasons: Record<string, string> = {
    ECONNREFUSED: `No server listens at ${place}. Start it, or correct \`host\` and \`port\`.`,
    ENOENT: `There is no socket at ${place}. Start the server, or correct \`host\`.`,
    EACCES: `This user may not open the socket at ${place}.`,
  };
  const silent = `${place} does not answer. Check \`host\`, \`port\`, the firewall, and \`connect_timeout\`.`;
  return { code: "destination_unreachable", remedy: reasons[code] ?? silent };
}

function tlsRemedy({ code = "", message }: Failure): string {
  if (/does not support SSL/.test(message))
    return "Switch on ssl at the server, or set `sslmode` to prefer or disable.";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "The certificate is for another name: correct `host`, or set `sslmode` to verify-ca.";
  }
  if (code === "CERT_HAS_EXPIRED") return "Renew the server's certificate.";
  return "Put the certificate that signed the server's into a file and name it as `sslrootcert`, or lower `sslmode`.";
}

/** Of several tries (IPv6 and IPv4) the first one stands for all. */
function innermost(error: unknown): Failure {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return innermost(error.errors[0]);
  if (error instanceof Error) return error as Failure;
  return typeof error === "object" && error !== null && "message" in error
    ? (error as Failure)
    : { message: String(error) };
}

/** Messages of class 22 (data exceptions) quote the value; values stay out of messages and logs. */
function withoutValues(error: unknown, failure: Failure): unknown {
  if (failure.code?.startsWith("22") !== true || !SQLSTATE.test(failure.code)) {
    return error instanceof AggregateError ? failure : error;
  }
  const masked = new Error(failure.message.replace(/"[\s\S]*"/, '"…"'));
  return Object.assign(masked, { code: failure.code });
}

function detailsOf({ code, schema, table, column, constraint }: Failure): JsonObject {
  const all = { server_code: code, schema, table, column, constraint };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject;
}
