import { freshDatabase } from "../../harness/postgres.ts";
import { type CrashSource, type Mode, rowsOfRound } from "./crash-source.ts";

/** Small, so that a table has many ranges and a kill meets each of them. */
const RANGE_MB = 0.25;

/**
 * A table of another database. Passed on as bytes, or read value by value because the destination is told to keep a
 * column as text.
 */
export async function databaseSource(form: "bytes" | "values"): Promise<CrashSource> {
  const { client, address, ...database } = await freshDatabase();
  await client.query(
    "create table orders (id bigint primary key, name text, amount numeric, day date, extra text, updated_at timestamptz not null default clock_timestamp()) ",
  );
  const { host, port, username, password = "" } = address;
  const columns = form === "values" ? { columns: { day: "text" } } : {};
  return {
    connection: (mode) => ({
      type: "postgres",
      schema: {
        options: { host, port, username, database: address.database, range_mb: RANGE_MB },
        streams: { "public.orders": { selected: true, mode, primary_key: ["id"], ...cursorOf(mode), ...columns } },
      },
    }),
    secrets: { password },
    async writeRound(mode, round) {
      if (mode === "replace") await client.query("truncate orders");
      await client.query(
        `insert into orders (id, name, amount, day, extra)
         select id, name, amount, day, extra from json_populate_recordset(null::orders, $1)
         on conflict (id) do update set name = excluded.name, amount = excluded.amount, updated_at = excluded.updated_at`,
        [JSON.stringify(distinctById(rowsOfRound(mode, round)))],
      );
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

function cursorOf(mode: Mode): { cursor_field?: string } {
  if (mode === "replace") return {};
  return { cursor_field: mode === "append" ? "id" : "updated_at" };
}

function distinctById<R extends { id: number }>(rows: readonly R[]): R[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
