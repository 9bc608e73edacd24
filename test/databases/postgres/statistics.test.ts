import { expect, test } from "vitest";
import { analyseIfWorthIt } from "../../../src/databases/postgres/statistics.ts";
import { freshDatabase } from "../../harness/postgres.ts";

test("a table that has changed much gets a rough picture, and autovacuum still comes for the full one", async () => {
  await using db = await freshDatabase();
  await db.client.query(
    'create table things (id int, "Odd ""name" text) with (autovacuum_enabled = off); insert into things select i, i % 7 from generate_series(1, 20000) i',
  );
  const picture = async () => {
    await db.client.query("select pg_stat_force_next_flush()");
    const { rows } =
      await db.client.query(`select (select reltuples::int from pg_class where relname = 'things') as rows,
      (select count(*)::int from pg_stats where tablename = 'things') as columns,
      (select n_mod_since_analyze::int from pg_stat_user_tables where relname = 'things') as unseen`);
    return rows[0];
  };
  expect(await analyseIfWorthIt(db.client, "things", 999)).toBe(false);
  expect(await picture()).toEqual({ rows: -1, columns: 0, unseen: 20_000 });
  expect(await analyseIfWorthIt(db.client, "things", 20_000)).toBe(true);
  expect(await picture()).toEqual({ rows: 20_000, columns: 2, unseen: 20_000 });
  expect(await analyseIfWorthIt(db.client, "things", 1_500)).toBe(false);
  expect((await db.client.query("show default_statistics_target")).rows[0].default_statistics_target).toBe("100");
});

test("a table that cannot be looked at is left to autovacuum, and the connection is none the worse", async () => {
  await using db = await freshDatabase();
  expect(await analyseIfWorthIt(db.client, "nothing_there", 5000)).toBe(false);
  expect((await db.client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});
