import type { PostgresAddress } from "../src/databases/postgres/client.ts";
import { freshDatabase } from "../test/harness/postgres.ts";
import type { Person } from "./people.ts";
import type { PersonSource } from "./person-source.ts";

/** The table `people` in a database of its own on the project's Postgres. */
export async function postgresSource(): Promise<PersonSource & { address: PostgresAddress }> {
  const database = await freshDatabase();
  await database.client.query(
    "create table people (id int primary key, name text not null, amount numeric(12,2), note text, seq int not null)",
  );
  return {
    address: database.address,
    async write(people) {
      await database.client.query(
        `insert into people select * from json_populate_recordset(null::people, $1)
         on conflict (id) do update set name = excluded.name, amount = excluded.amount, note = excluded.note, seq = excluded.seq`,
        [JSON.stringify(people)],
      );
    },
    async read() {
      const { rows } = await database.client.query("select id, name, amount::text, note, seq from people order by id");
      return rows as Person[];
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
