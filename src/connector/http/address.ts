import { MASK } from "../../core/redaction.ts";
import { ConnectorError } from "../connector-error.ts";
import type { HttpParams } from "./http-client.ts";

/** Parameters that carry credentials at one vendor or another: shown only as names. */
const SECRET_PARAM =
  /^(?:(?:access|auth|api|refresh|id|bearer|session|private|security)?[_-]?(?:token|key|secret|signature)|client_secret|password|passwd|pwd|code|sig|jwt|x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential))$/i;

/** The address of a path below `base`; an absolute address is taken as it is. @throws ConnectorError `connection_invalid` */
export function resolveAddress(path: string, base: string | undefined): URL {
  const absolute = base === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(path);
  const url = parse(absolute ? path : join(base, path));
  const what = absolute ? "the address" : "the base address";
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid(`${what} is not one of http or https`, "it begins with https:// and a host");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(`${what} has a user or a password in it`, "they belong to the credentials");
  }
  return url;
}

function invalid(what: string, hint: string): ConnectorError {
  return new ConnectorError(
    "connection_invalid",
    `preparing a request: ${what}. Correct the connection's options: ${hint}.`,
  );
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function join(base: string, path: string): string {
  if (path === "" || path.startsWith("?")) return base + path;
  return `${base.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
}

/** Puts parameters into the query; one that is there already is replaced. */
export function setParams(url: URL, params: HttpParams | undefined): void {
  for (const [name, value] of Object.entries(params ?? {})) {
    const values = Array.isArray(value) ? value : [value];
    const given = values.filter((it) => it !== undefined && it !== null);
    url.searchParams.delete(name);
    for (const it of given) url.searchParams.append(name, String(it));
  }
}

/** An address as it may be shown: without user and password, with the values of secret parameters masked. */
export function shownAddress(url: URL, secretParams: readonly string[]): string {
  const place = `${url.origin}${url.pathname}`;
  return url.search === ""
    ? place
    : `${place}?${url.search
        .slice(1)
        .split("&")
        .map((it) => shown(it, secretParams))
        .join("&")}`;
}

function shown(pair: string, secretParams: readonly string[]): string {
  const end = pair.indexOf("=");
  if (end === -1) return pair;
  const name = decoded(pair.slice(0, end));
  return secretParams.includes(name) || SECRET_PARAM.test(name) ? `${pair.slice(0, end)}=${MASK}` : pair;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return name;
  }
}
