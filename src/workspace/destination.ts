import { access } from "node:fs/promises";
import { join } from "node:path";
import { didYouMean } from "../core/did-you-mean.ts";
import { SluiceError } from "../core/errors.ts";
import type { Workspace } from "./locate.ts";
import { followReference, fromEnvironment, fromFile } from "./secret-values.ts";
import { readSecrets, type Secrets, secretAt } from "./secrets-file.ts";
import { isTomlTable } from "./toml-text.ts";

export interface PostgresCredentials {
  host: string;
  port: number;
  database: string;
  username: string;
  password?: string;
  sslmode?: SslMode;
  /** Path of the certificates to trust. */
  sslrootcert?: string;
  /** Seconds. */
  connect_timeout?: number;
}

export type SslMode = (typeof SSL_MODES)[number];

export type DestinationTarget =
  | { kind: "embedded"; name: "embedded"; folder: string }
  | { kind: "server"; name: string; credentials: PostgresCredentials };

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
/** What the credentials of a destination may have. */
export const DESTINATION_FIELDS = [
  "host",
  "port",
  "database",
  "username",
  "password",
  "sslmode",
  "sslrootcert",
  "connect_timeout",
] as const;
const DEFAULT_PORT = 5432;

type Texts = Partial<Record<(typeof DESTINATION_FIELDS)[number], string>>;

/**
 * Where a destination is and how to log in. The environment wins over `[destination.<name>.credentials]`, field by field;
 * credentials may also be one `postgresql://…` text. Throws `destination_unconfigured` with everything that is missing
 * or wrong.
 */
export async function resolveDestination(ws: Workspace, name: string): Promise<DestinationTarget> {
  if (name === "embedded") return { kind: "embedded", name, folder: join(ws.paths.internal, "postgres") };
  const secrets = await readSecrets(ws);
  const texts = await readTexts(ws, secrets, name);
  if (Object.keys(texts).length === 0) throw await nothingConfigured(ws, secrets, name);
  const wrong: string[] = [];
  const credentials = credentialsFrom(texts, wrong);
  if (wrong.length === 0) return { kind: "server", name, credentials };
  const message = `resolving the destination ${name}: ${wrong.join("; ")}. Mend [destination.${name}.credentials] in ${ws.paths.secrets}.`;
  throw new SluiceError("destination_unconfigured", message, { details: { destination: name } });
}

/** The destinations that can be named: `embedded` and the sections of the secrets file. */
export function destinationNames(secrets: Secrets): string[] {
  const sections = secretAt(secrets, ["destination"]);
  return ["embedded", ...(isTomlTable(sections) ? Object.keys(sections) : [])];
}

async function readTexts(ws: Workspace, secrets: Secrets, name: string): Promise<Texts> {
  const section = ["destination", name, "credentials"];
  const whole = fromEnvironment(ws, [section]) ?? fromFile(secrets, [section]);
  const texts: Texts = whole === undefined ? {} : fromUrl(name, (await followReference(ws, whole)).text);
  for (const field of DESTINATION_FIELDS) {
    const paths = [[...section, field]];
    const configured = fromEnvironment(ws, paths) ?? fromFile(secrets, paths);
    if (configured !== undefined) texts[field] = (await followReference(ws, configured)).text;
  }
  return texts;
}

/** The text itself is never shown: it holds the password. */
function fromUrl(name: string, text: string): Texts {
  try {
    const url = new URL(text);
    if (!/^postgres(ql)?(\+\w+)?:$/.test(url.protocol)) throw new Error("not a Postgres address");
    const parts: Texts = {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      database: decodeURIComponent(url.pathname.slice(1)),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
    for (const field of DESTINATION_FIELDS) parts[field] ||= url.searchParams.get(field) ?? "";
    return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ""));
  } catch {
    const message = `resolving the destination ${name}: its credentials are one text, but not one like postgresql://username:password@host:5432/database. Mend that text, or give the fields one by one.`;
    throw new SluiceError("destination_unconfigured", message, { details: { destination: name } });
  }
}

function credentialsFrom(texts: Texts, wrong: string[]): PostgresCredentials {
  const needed = (field: "host" | "database" | "username") => {
    if (!texts[field]) wrong.push(`${field} is missing`);
    return texts[field] ?? "";
  };
  const { password, sslmode, sslrootcert } = texts;
  const timeout = wholeNumber(texts, "connect_timeout", wrong);
  return {
    host: needed("host"),
    port: wholeNumber(texts, "port", wrong) ?? DEFAULT_PORT,
    database: needed("database"),
    username: needed("username"),
    ...(password === undefined ? {} : { password }),
    ...(sslmode === undefined ? {} : { sslmode: sslModeFrom(sslmode, wrong) }),
    ...(sslrootcert === undefined ? {} : { sslrootcert }),
    ...(timeout === undefined ? {} : { connect_timeout: timeout }),
  };
}

function wholeNumber(texts: Texts, field: "port" | "connect_timeout", wrong: string[]): number | undefined {
  const text = texts[field];
  if (text === undefined) return undefined;
  const value = Number(text);
  const most = field === "port" ? 65_535 : 3_600;
  if (!/^\d+$/.test(text) || value < 1 || value > most) wrong.push(`${field} must be a whole number from 1 to ${most}`);
  return value;
}

function sslModeFrom(text: string, wrong: string[]): SslMode {
  const mode = SSL_MODES.find((known) => known === text);
  if (mode === undefined) wrong.push(`sslmode must be one of ${SSL_MODES.join(", ")}.${didYouMean(text, SSL_MODES)}`);
  return mode ?? "prefer";
}

async function nothingConfigured(ws: Workspace, secrets: Secrets, name: string): Promise<SluiceError> {
  const known = destinationNames(secrets);
  const { secrets: path } = ws.paths;
  const file = await access(path).then(
    () => path,
    () => `${path} (there is no such file yet; make it with mode 0600)`,
  );
  const message = `resolving the destination ${name}: it has no credentials.${didYouMean(name, known)} Add [destination.${name}.credentials] with host, port, database, username and password to ${file}, or choose another destination: ${known.join(", ")}.`;
  return new SluiceError("destination_unconfigured", message, { details: { destination: name } });
}
