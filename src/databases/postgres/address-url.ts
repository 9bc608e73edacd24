import type { PostgresAddress } from "./client.ts";

/** An address as one text, for other programs; with its password only when that is asked for. */
export function addressUrl(address: PostgresAddress, { withPassword }: { withPassword: boolean }): string {
  const { host, port, database, username, password, sslmode } = address;
  const secret = withPassword && password !== undefined ? `:${encodeURIComponent(password)}` : "";
  const server = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const query = sslmode === undefined ? "" : `?sslmode=${sslmode}`;
  return `postgresql://${encodeURIComponent(username)}${secret}@${server}/${encodeURIComponent(database)}${query}`;
}
