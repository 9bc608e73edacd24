import type { PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { type CrashSource, type Mode, rowsOfRound } from "./crash-source.ts";

/** Small, so that a table has many ranges and a kill meets each of them. */
const RANGE_MB = 0.05;
/** Rows whose times fall into one such step have the same cursor value. */
const STEP = { tied: "10 milliseconds", apart: "1 microsecond", none: "10 milliseconds" };
/** One row in so many leaves a source that loses rows, others in every round. */
const LOST = 10;

export interface DatabaseOptions {
  /** Passed on as bytes, in binary or in text, or read value by value because the destination is to keep a column as text. */
  form: "bytes" | "text" | "values";
  tables?: readonly string[];
  /** Whether many rows share the time of their last change; unless said otherwise they do. With `none` nobody goes by it. */
  cursor?: "tied" | "apart" | "none";
  /** Rows leave it in every round. Only runs that read everything see that. */
  losesRows?: boolean;
  /** Ranges that are read at once; 2 unless given. */
  readers?: number;
  /** The way to the source, if not the direct one. */
  via?: (address: PostgresAddress) => Promise<{ host: string; port: number }>;
}

/** Tables of another database, read on by the time of their rows' last change, which many rows share. */
export async function databaseSource(how: DatabaseOptions): Promise<CrashSource> {
  const { form, tables = ["orders"], cursor = "tied", readers = 2, losesRows = false } = how;
  const { client, address, ...database } = await freshDatabase();
  for (const table of tables) {
    await client.query(
      `create table ${table} (id bigint primary key, name text, amount numeric, day date, extra text,
         updated_at timestamptz not null default date_bin('${STEP[cursor]}', clock_timestamp(), '2020-01-01'));
       create index on ${table} (updated_at, id)`,
    );
  }
  const { username, password = "" } = address;
  const { host, port } = (await how.via?.(address)) ?? address;
  const columns = form === "values" ? { columns: { day: "text" } } : {};
  const ranges = { range_mb: RANGE_MB, range_readers: readers };
  const format = form === "text" ? { copy_format: "text" } : {};
  const options = { host, port, username, database: address.database, ...ranges, ...format, tables: ["public.*"] };
  return {
    comesAgain: cursor === "none",
    connection: (mode) => {
      const stream = { selected: true, mode, primary_key: ["id"], ...cursorOf(mode, cursor), ...columns };
      const streams = Object.fromEntries(tables.map((table) => [`public.${table}`, stream]));
      return { type: "postgres", schema: { options, streams } };
    },
    secrets: { password },
    async writeRound(mode, round) {
      const rows = JSON.stringify(distinctById(rowsOfRound(mode, round)));
      for (const table of tables) {
        if (mode === "replace") await client.query(`truncate ${table}`);
        await client.query(
          `insert into ${table} (id, name, amount, day, extra)
           select id, name, amount, day, extra from json_populate_recordset(null::${table}, $1)
           on conflict (id) do update set name = excluded.name, amount = excluded.amount, updated_at = excluded.updated_at`,
          [rows],
        );
        if (losesRows) await client.query(`delete from ${table} where id % ${LOST} = $1`, [round.number % LOST]);
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

function cursorOf(mode: Mode, cursor: DatabaseOptions["cursor"]): { cursor_field?: string } {
  return mode === "replace" || cursor === "none" ? {} : { cursor_field: "updated_at" };
}

function distinctById<R extends { id: number }>(rows: readonly R[]): R[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
