import { isAbsolute, resolve } from "node:path";
import { SluiceError } from "../../../core/errors.ts";
import { type PostgresAddress, SSL_MODES, type SslMode } from "../client.ts";
import type { SourceContext, SourceOptions } from "./source-settings.ts";

const DEFAULT_PORT = 5432;
const FILES = ["sslrootcert", "sslcert", "sslkey"] as const;
const NUMBERS = new Set(["port", "connect_timeout"]);
/** Of a URL's query; what else stands there is refused, as libpq does. */
const FIELDS = ["sslmode", ...FILES, "connect_timeout", "application_name"] as const;

type Part = "host" | "port" | "database" | "username" | "password" | (typeof FIELDS)[number];
type Parts = Partial<Record<Part, string | number>>;

/**
 * The servers that the options and secrets name, in their order: `host` may be a list with commas. Options win over the
 * parts of a `url`. Throws connection_invalid with what is missing or wrong, never with the password.
 */
export function sourceAddresses({ connection, options, secrets, workspace }: SourceContext): PostgresAddress[] {
  const refuse = (what: string) =>
    new SluiceError("connection_invalid", `reading the options of ${connection}: ${what}`);
  if (options.url !== undefined && secrets.url !== undefined) {
    throw refuse("there is a `url` both in the options and in the secrets. Keep one of them.");
  }
  const parts: Parts = { ...partsOfUrl(options.url ?? secrets.url, refuse), ...partsOfOptions(options) };
  if (options.url !== undefined && parts.password !== undefined) {
    throw refuse(
      `the \`url\` holds a password. Take it out and keep it with \`sluice secrets set ${connection} password\`.`,
    );
  }
  if (secrets.password !== undefined) parts.password = secrets.password;
  const missing = (["host", "database", "username"] as const).filter((field) => parts[field] === undefined);
  if (missing.length > 0) throw refuse(`${missing.join(", ")} missing. Set them, or a \`url\`.`);
  for (const file of FILES) {
    const path = parts[file];
    if (typeof path === "string" && !isAbsolute(path)) parts[file] = resolve(workspace, path);
  }
  return spread(parts, refuse);
}

/** One address for each host; ports may be as many, or one for all. */
function spread(parts: Parts, refuse: (what: string) => Error): PostgresAddress[] {
  const hosts = String(parts.host).split(",");
  const ports = String(parts.port ?? DEFAULT_PORT).split(",");
  if (ports.length > 1 && ports.length !== hosts.length) {
    throw refuse(
      `there are ${hosts.length} hosts and ${ports.length} ports. Give one port for each host, or one for all.`,
    );
  }
  return hosts.map((host, index) => {
    const port = ports[index] ?? ports[0] ?? DEFAULT_PORT;
    return { ...parts, host: host.trim(), port: Number(port) || DEFAULT_PORT } as PostgresAddress;
  });
}

function partsOfOptions(options: SourceOptions): Parts {
  const { host, port, database, username, sslmode, connect_timeout, application_name } = options;
  const { sslrootcert, sslcert, sslkey } = options;
  return without({
    host,
    port,
    database,
    username,
    sslmode,
    connect_timeout,
    application_name,
    sslrootcert,
    sslcert,
    sslkey,
  });
}

/** The text itself is never shown: it may hold the password. */
function partsOfUrl(text: string | undefined, refuse: (what: string) => Error): Parts {
  if (text === undefined) return {};
  const match = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?(.*))?$/.exec(text);
  const decoded = match?.slice(1).map((part) => decode(part ?? ""));
  if (decoded === undefined || decoded.includes(undefined)) {
    throw refuse("the `url` is not one like postgresql://username@host:5432/database. Mend it.");
  }
  const [, , database = ""] = decoded as string[];
  const [login = "", places = "", , query = ""] = (match ?? []).slice(1).map((part) => part ?? "");
  const [username = "", password] = splitOnce(login, ":").map(decode);
  const hosts = places.split(",").map((place) => /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(place));
  const host = hosts.map((place) => decode(place?.[1] ?? "")?.replace(/^\[|\]$/g, "")).join(",");
  const port = hosts.map((place) => place?.[2] || DEFAULT_PORT).join(",");
  const named = { host, port, database, username, password, ...partsOfQuery(query, refuse) };
  return without(
    Object.fromEntries(Object.entries(named).map(([key, value]) => [key, value === "" ? undefined : value])),
  );
}

function partsOfQuery(query: string, refuse: (what: string) => Error): Parts {
  const parts: Record<string, string | number> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!FIELDS.some((field) => field === name)) {
      throw refuse(`the \`url\` holds \`${name}\`, which has no meaning there. It may hold ${FIELDS.join(", ")}.`);
    }
    if (name === "sslmode" && !SSL_MODES.includes(value as SslMode)) {
      throw refuse(`the \`url\` has an unknown sslmode. Use one of ${SSL_MODES.join(", ")}.`);
    }
    parts[name] = NUMBERS.has(name) ? Number(value) || 0 : value;
  }
  return parts;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function without(parts: Partial<Record<Part, string | number | undefined>>): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
