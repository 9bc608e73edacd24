import type { ConformanceFixture } from "../../src/connector/conformance/open-fixture.ts";
import { freshDatabase } from "../harness/postgres.ts";

const SETTINGS = { range_mb: 0.1, tables: ["public.*"] };

/** A table in ranges, one in partitions, a small one and a query, all read on by their cursor. */
export async function prepare(): Promise<ConformanceFixture> {
  const { client, address, [Symbol.asyncDispose]: dispose } = await freshDatabase();
  await client.query(`
    create table big (id int primary key, body text, ok boolean, updated_at timestamptz not null);
    insert into big select i, repeat('é', 100), i % 2 = 0, timestamptz '2026-01-01' + i / 7 * interval '1 second'
      from generate_series(1, 3000) i;
    create table parted (day date, id int, updated_at timestamp not null, primary key (id, day)) partition by range (day);
    create table parted_1 partition of parted for values from ('2026-01-01') to ('2026-02-01');
    create table parted_2 partition of parted for values from ('2026-02-01') to ('2026-03-01');
    insert into parted select date '2026-01-01' + i % 59, i, timestamp '2026-01-01' + i * interval '1 hour'
      from generate_series(1, 9000) i;
    create table small (id uuid primary key, tags text[], modified_on timestamp not null);
    insert into small values (gen_random_uuid(), '{a,null}', now());`);
  const { host, port, database, username, password = "" } = address;
  const queries = {
    recent: { sql: "select id, updated_at from big where updated_at >= {cursor}", cursor: "updated_at" },
  };
  return {
    options: { host, port, database, username, ...SETTINGS, queries },
    secrets: { password },
    workspace: "/nonexistent",
    close: async () => dispose(),
  };
}

export const waivers = {
  "gives its streams canonical names": "streams of a database are named after its tables, with the schema",
};
