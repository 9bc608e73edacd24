import pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import { connectPostgres, type PostgresAddress, textValues } from "./client.ts";
import { asDestinationError } from "./destination-error.ts";

export interface QueryAnswer {
  columns: string[];
  /** Values as the server writes them; null is null. */
  rows: (string | null)[][];
  /** There are more rows than were asked for. */
  more: boolean;
  /** Rows changed, when the statement changed any. */
  affected: number | null;
}

export interface QueryOptions {
  /** Let the statement change data; otherwise the session is read-only. */
  write: boolean;
  /** Rows to fetch; 0 for all. */
  limit: number;
}

/** Statements whose rows can be fetched in part. */
const READS_ROWS = /^\s*(select|with|values|table|\()/i;

/**
 * Runs one statement; a second one in the same text is refused by the server. Throws `query_refused` with the server's
 * own words and the place in the text.
 */
export async function queryDestination(
  address: PostgresAddress,
  sql: string,
  options: QueryOptions,
): Promise<QueryAnswer> {
  const client = await connectPostgres(address, { application_name: "sluice db query" });
  try {
    if (options.write) return answerOf(await ask(client, sql), options.limit);
    await client.query("begin read only");
    const statement = sql.replace(/[\s;]+$/, "");
    if (options.limit === 0 || !READS_ROWS.test(statement))
      return answerOf(await ask(client, statement), options.limit);
    await ask(client, `declare sluice_query no scroll cursor for ${statement}`);
    return answerOf(await ask(client, `fetch ${options.limit + 1} from sluice_query`), options.limit);
  } catch (error) {
    throw asQueryError(error, sql);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The extended protocol takes exactly one statement. */
function ask(client: pg.Client, text: string): Promise<pg.QueryArrayResult<(string | null)[]>> {
  const query = { text, rowMode: "array" as const, types: textValues, queryMode: "extended" };
  return client.query<(string | null)[]>(query);
}

function answerOf(result: pg.QueryArrayResult<(string | null)[]>, limit: number): QueryAnswer {
  const changes = /^(INSERT|UPDATE|DELETE|MERGE|COPY)$/.test(result.command ?? "");
  return {
    columns: result.fields.map((field) => field.name),
    rows: limit === 0 ? result.rows : result.rows.slice(0, limit),
    more: limit !== 0 && result.rows.length > limit,
    affected: changes ? result.rowCount : null,
  };
}

function asQueryError(error: unknown, sql: string): SluiceError {
  const known = asDestinationError(error, "running the query");
  if (!(error instanceof pg.DatabaseError)) return known;
  const { position, hint } = error;
  const line = position === undefined ? "" : ` at line ${sql.slice(0, Number(position)).split("\n").length}`;
  const advice = hint === undefined ? "" : ` ${hint}`;
  const readOnly = error.code === "25006" ? " Give --write if it is meant to change data." : "";
  const message = `running the query: ${error.message}${line}.${advice}${readOnly}`;
  return new SluiceError("query_refused", message, { cause: error });
}
