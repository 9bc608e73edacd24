import { formatCount } from "../../../core/count-text.ts";
import type { JsonObject } from "../../../core/json.ts";
import { listTables } from "./list-tables.ts";
import { asSourceError } from "./source-error.ts";
import { SourceServer, type SourceSession } from "./source-server.ts";
import type { SourceContext } from "./source-settings.ts";

/** Logs in and looks; says who, where, what server it is and what of it can be read. */
export async function checkSource(ctx: SourceContext): Promise<{ message: string; details: JsonObject }> {
  const server = new SourceServer(ctx);
  try {
    return await server.use(ctx.signal, (session) => describeSession(ctx, session));
  } finally {
    await server.close();
  }
}

async function describeSession(ctx: SourceContext, session: SourceSession) {
  const { client, place, version, isStandby, address } = session;
  const { username, host, port, database } = address;
  const tables = await countTables(ctx, session).catch((error: unknown) => {
    throw asSourceError(error, `listing the tables of ${ctx.connection}`, place);
  });
  const { rows } = await client.query(
    "select exists (select from pg_stat_ssl where pid = pg_backend_pid() and ssl) as tls",
  );
  const { tls } = rows[0] as { tls: boolean };
  const server = `Postgres ${version}, ${isStandby ? "a standby" : "primary"}, ${tls ? "" : "not "}encrypted`;
  const message = `logged in to ${host}:${port}/${database} as ${username} (${server}); ${formatCount(tables, "table")} to read`;
  return { message, details: { version, standby: isStandby, encrypted: tls, tables } };
}

async function countTables({ connection, options }: SourceContext, { client }: SourceSession): Promise<number> {
  const { tables, views = false, queries } = options;
  if (tables === undefined && queries !== undefined) return 0;
  return (await listTables(client, { connection, patterns: tables, views })).length;
}
