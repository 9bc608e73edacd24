import type { Socket } from "node:net";
import pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import { asDestinationError, isRefusedWithoutTls, isTlsFailure } from "./destination-error.ts";
import { type SslMode, tlsOptions } from "./tls.ts";

export { asDestinationError } from "./destination-error.ts";
export { SSL_MODES, type SslMode } from "./tls.ts";

/** Where a Postgres is and how to log in. The same shape as a `credentials` section of the secrets file. */
export interface PostgresAddress {
  host: string;
  port: number;
  database: string;
  username: string;
  password?: string;
  /** As in libpq; `prefer` unless given. */
  sslmode?: SslMode;
  /** A PEM file with the certificates to trust; the system's own unless given. */
  sslrootcert?: string;
  /** PEM files of a certificate to log in with, and of its key. */
  sslcert?: string;
  sslkey?: string;
  /** Seconds for the whole of connecting: TCP, TLS and login. */
  connect_timeout?: number;
}

export interface ConnectOptions {
  /** What `pg_stat_activity` shows. */
  application_name: string;
  onNotice?: (notice: { message?: string | undefined; code?: string | undefined }) => void;
  /** Makes the socket of a connection that is not encrypted. */
  stream?: () => Socket;
  /** Values of every query as the server's own text, instead of numbers, dates and parsed JSON. */
  text_values?: boolean;
}

/** Long enough for a server far away that is waking up, short enough for a person who waits. */
export const DEFAULT_CONNECT_TIMEOUT_S = 10;

/** Idle connections are probed, so that a firewall that forgets them is noticed. */
const KEEPALIVE_DELAY_MS = 30_000;

/** A server that lives closes a session within milliseconds. */
const GOODBYE_LIMIT_MS = 2_000;

/** The oldest server that is supported, as `server_version_num` counts. */
export const OLDEST_SERVER = 140_000;

/** Give it as `types` of a query to get every value as the server's own text. */
export const textValues: pg.CustomTypesConfig = { getTypeParser: () => (value: string | Buffer) => value };

/**
 * Whatever the role, the database or PGOPTIONS say, a session reads and writes values in one form.
 * YMD makes an ambiguous date an error where a person's text is cast; ISO output does not depend on it.
 */
export const SESSION_SETTINGS = `set TimeZone = 'UTC'; set DateStyle = 'ISO, YMD'; set IntervalStyle = 'postgres';
set client_encoding = 'UTF8'; set extra_float_digits = 1; set standard_conforming_strings = on; set bytea_output = 'hex'`;

const PIN_SESSION = `${SESSION_SETTINGS};
select current_setting('server_version_num')::int as version_number, current_setting('server_version') as version`;

/**
 * A connected client with a pinned session. Throws a SluiceError that says which step failed.
 * A connection that breaks while idle does not bring the process down: the next query fails instead.
 */
export async function connectPostgres(address: PostgresAddress, options: ConnectOptions): Promise<pg.Client> {
  const doing = `connecting to ${describeAddress(address)}`;
  let client: pg.Client;
  try {
    client = await logIn(address, options);
  } catch (error) {
    throw asDestinationError(error, doing, address);
  }
  try {
    await pinSession(client, doing);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw asDestinationError(error, doing, address);
  }
}

/** `db.example.com:5432/warehouse as loader`: for messages; never the password. */
export function describeAddress(address: PostgresAddress): string {
  return `${address.host}:${address.port}/${address.database} as ${address.username}`;
}

/**
 * A connected client as the role, the database and the server have set it up; rejects with the driver's own error.
 * `allow` and `prefer` try the other way as well; the other modes have only one.
 */
export async function logIn(address: PostgresAddress, options: ConnectOptions): Promise<pg.Client> {
  const mode = address.sslmode ?? "prefer";
  if (mode === "disable" || address.host.startsWith("/")) return connectOnce(address, options, false);
  const encrypted = await tlsOptions(address);
  if (mode === "allow") {
    return connectOnce(address, options, false).catch((error) => {
      if (isRefusedWithoutTls(error)) return connectOnce(address, options, encrypted);
      throw error;
    });
  }
  return connectOnce(address, options, encrypted).catch((error) => {
    if (mode === "prefer" && (isTlsFailure(error) || isRefusedWithoutTls(error))) {
      return connectOnce(address, options, false);
    }
    throw error;
  });
}

async function connectOnce(
  address: PostgresAddress,
  options: ConnectOptions,
  ssl: false | NonNullable<pg.ClientConfig["ssl"]>,
): Promise<pg.Client> {
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.username,
    // A function, because the driver replaces an empty password by PGPASSWORD or .pgpass of whoever started us.
    password: () => address.password ?? "",
    ssl,
    application_name: options.application_name,
    connectionTimeoutMillis: (address.connect_timeout ?? DEFAULT_CONNECT_TIMEOUT_S) * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
    ...(options.text_values === true ? { types: textValues } : {}),
    ...(options.stream === undefined || ssl !== false ? {} : { stream: options.stream }),
  });
  client.on("error", () => {});
  if (options.onNotice !== undefined) client.on("notice", options.onNotice);
  try {
    await client.connect();
    limitGoodbye(client);
    return client;
  } catch (error) {
    // The driver gives up a login but keeps its socket, and a server waits a minute for the rest of it.
    client.end().catch(() => {});
    throw error;
  }
}

/** Who cannot be reached any more does not answer a goodbye either, and the driver would wait for it for ever. */
function limitGoodbye(client: pg.Client): void {
  const { stream } = (client as pg.Client & { connection: { stream: Socket } }).connection;
  stream.once("finish", () => {
    const timer = setTimeout(() => stream.destroy(), GOODBYE_LIMIT_MS);
    stream.once("close", () => clearTimeout(timer));
  });
}

async function pinSession(client: pg.Client, doing: string): Promise<void> {
  const results = (await client.query(PIN_SESSION)) as unknown as pg.QueryResult[];
  const { version_number, version } = (results.at(-1) as pg.QueryResult).rows[0];
  if (Number(version_number) >= OLDEST_SERVER) return;
  throw new SluiceError(
    "destination_version",
    `${doing}: the server is Postgres ${version}. Use Postgres 14 or newer as the destination.`,
    { details: { version } },
  );
}
