import { isSluiceError } from "../../core/errors.ts";
import { connectFailure } from "../connect-failure.ts";
import type { ConnectorErrorCode } from "../connector-error.ts";
import { PackedBodyError } from "./content-encoding.ts";
import { type Failure, failed, type Subject } from "./failure.ts";
import { JsonBodyError } from "./json-body.ts";

interface Meaning {
  code: ConnectorErrorCode;
  passing: boolean;
  /** The request was not sent. */
  unsent?: boolean;
  what: string;
  remedy: string;
}

const CHECK_ADDRESS = "Check the address in the connection's options, the network and the proxy.";
const LATER = "Run again later; if it happens every time, the fault is the source's or of a proxy before it.";

/** By the `code` of the error that Node, its TLS or the HTTP library gives; those of `connectFailure` besides. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  UND_ERR_CONNECT_TIMEOUT: unsent("it did not take the connection in time (`connect_timeout_ms`)"),
  UND_ERR_HEADERS_TIMEOUT: broken("source_unreachable", "it did not answer in time (`timeout_ms`)"),
  UND_ERR_INVALID_ARG: {
    code: "connection_invalid",
    passing: false,
    unsent: true,
    what: "the request cannot be written: a header or the path has characters that it must not have",
    remedy: "Look for line breaks and letters beyond Latin in the secrets and options; set them anew.",
  },
  UND_ERR_BODY_TIMEOUT: broken("source_unreachable", "its answer stalled (`stall_timeout_ms`)"),
  ECONNRESET: broken("source_unreachable", "the connection broke before the answer came"),
  EPIPE: broken("source_unreachable", "the connection broke before the answer came"),
  UND_ERR_SOCKET: broken("source_unreachable", "the connection broke before the answer came"),
};

const BROKEN: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "UND_ERR_ABORTED",
]);
const PROXY_REFUSAL = /Proxy response \((\d+)\)|Proxy Authentication Required \((407)\)/;

/** What a request came to that got no whole answer. `received`: its status, when its body was being read. */
export function networkFailure(cause: unknown, subject: Subject, received?: number): Failure {
  const meaning = meaningOf(cause, received !== undefined);
  const where = meaning.unsent ? `connecting to ${subject.host}${viaProxy(cause, subject)}: ` : `${subject.host}: `;
  const message = `${subject.doing}: ${where}${meaning.what}. ${meaning.remedy}`;
  return {
    error: failed(meaning.code, message, { url: subject.url, status: received, cause }),
    passing: meaning.passing,
    harmless: meaning.unsent === true,
    ...(received === undefined ? {} : { status: received }),
  };
}

/** A connection that broke while a long body was read as it came: only another attempt of the run can begin again. */
export function streamFailure(cause: unknown, subject: Subject, status: number, bytes: number): unknown {
  const failure = networkFailure(cause, subject, status);
  if (!failure.passing || failure.error.code !== "source_truncated" || cause instanceof PackedBodyError)
    return failure.error;
  const message = `${subject.doing}: ${subject.host}: the connection broke after ${bytes} bytes of the answer. ${LATER}`;
  return failed("source_failed", message, { url: subject.url, status, cause });
}

function meaningOf(cause: unknown, received: boolean): Meaning {
  if (cause instanceof JsonBodyError || cause instanceof PackedBodyError) return ofBody(cause);
  if (isSluiceError(cause)) return { code: "source_failed", passing: false, what: cause.message, remedy: "" };
  const code = codeOf(cause);
  const said = cause instanceof Error ? cause.message : String(cause);
  const proxy = PROXY_REFUSAL.exec(said);
  if (proxy !== null) return ofProxy(proxy[1] ?? proxy[2] ?? "");
  if (received && BROKEN.has(code))
    return broken("source_truncated", "the connection broke in the middle of the answer");
  const tls = tlsProblem(code, said);
  if (tls !== undefined) return tls;
  if (cause instanceof Error && cause.name === "HTTPParserError")
    return {
      code: "source_format",
      passing: false,
      what: "what answers there does not speak HTTP",
      remedy: CHECK_ADDRESS,
    };
  const unconnected = connectFailure(code);
  if (unconnected !== undefined) return unsent(unconnected);
  return MEANINGS[code] ?? broken("source_unreachable", `the request failed (${code || said})`);
}

function codeOf(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === "string" && code !== "") return code;
  }
  return "";
}

/** Names the proxy when the connection that failed was to another place than the address says. */
function viaProxy(cause: unknown, { url }: Subject): string {
  const { hostname, address, port } = cause as { hostname?: string; address?: string; port?: number };
  const target = new URL(url);
  if (hostname !== undefined && hostname !== target.hostname) return ` through the proxy ${hostname}`;
  const wanted = Number(target.port) || (target.protocol === "https:" ? 443 : 80);
  return port === undefined || port === wanted ? "" : ` through the proxy ${address ?? ""}:${port}`;
}

function ofBody({ message, truncated }: JsonBodyError | PackedBodyError): Meaning {
  const remedy = truncated ? LATER : "Check that the address is the API's and not a page for people.";
  return { code: truncated ? "source_truncated" : "source_format", passing: truncated, what: `got ${message}`, remedy };
}

function ofProxy(status: string): Meaning {
  const login = status === "407";
  return {
    code: "source_unreachable",
    passing: !login && Number(status) >= 500,
    unsent: true,
    what: login ? "the proxy asks for a login" : `the proxy answered ${status}`,
    remedy: login ? "Put user and password into the proxy's address." : "Check the proxy and what it permits.",
  };
}

function tlsProblem(code: string, said: string): Meaning | undefined {
  const what = tlsWords(code);
  if (what !== undefined) {
    const remedy = "Correct the address, or name the authority that signed it in the option `ca`.";
    return {
      code: "source_tls",
      passing: false,
      unsent: true,
      what: `its certificate could not be verified: ${what}`,
      remedy,
    };
  }
  if (code === "EPROTO" || /^ERR_(TLS|SSL)_/.test(code)) {
    const plain = /wrong version number|packet length too long/i.test(said) ? ": it speaks plain http there" : "";
    return {
      code: "source_tls",
      passing: false,
      unsent: true,
      what: `no encrypted connection could be agreed on${plain}`,
      remedy: CHECK_ADDRESS,
    };
  }
  return undefined;
}

function tlsWords(code: string): string | undefined {
  if (code === "CERT_HAS_EXPIRED") return "it has expired";
  if (code === "CERT_NOT_YET_VALID") return "it is not valid yet";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "it is for another host";
  if (/SELF_SIGNED/.test(code)) return "it is signed by an authority that is not trusted here";
  if (/^(UNABLE_TO_|CERT_|CRL_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/.test(code))
    return `its authority is not known here (${code})`;
  return undefined;
}

function unsent(what: string): Meaning {
  return { code: "source_unreachable", passing: true, unsent: true, what, remedy: CHECK_ADDRESS };
}

function broken(code: ConnectorErrorCode, what: string): Meaning {
  return { code, passing: true, what, remedy: LATER };
}
