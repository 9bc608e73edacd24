import { describe, expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { type ComparisonOptions, type Difference, differenceBetween, NO_DIFFERENCE } from "./comparison.ts";

/** Both connections have loaded the same, at different times and in different runs. */
const SCHEMAS = { killed: "2026-03-01 10:00", reference: "2026-04-02 11:30" };

/** Of orders that keep their history the first has changed, the second was away for a while and the third is gone. */
const tablesOf = (schema: string, began: string) => `
  create schema ${schema};
  set search_path = ${schema};
  create table orders (id bigint, name text, _sluice_loaded_at timestamptz default now(), _sluice_run_id uuid default gen_random_uuid(),
    _sluice_valid_from timestamptz, _sluice_valid_to timestamptz, primary key (id, _sluice_valid_from));
  insert into orders (id, name, _sluice_valid_from, _sluice_valid_to)
    select id, name, timestamptz '${began}' + began, timestamptz '${began}' + ended from (values
      (1, 'first', interval '0 h', interval '1 h'), (1, 'second', '1 h', '2 h'), (1, 'third', '2 h', null),
      (2, 'first', '0 h', '1 h'), (2, 'again', '2 h', null), (3, 'first', '0 h', '1 h')) version (id, name, began, ended);
  create table bills (id bigint primary key, name text);
  insert into bills values (1, 'a'), (2, 'b');
  create table bills__lines (order_id bigint, line int, _sluice_parent_id bigint, _sluice_position bigint);
  insert into bills__lines values (1, 1, 1, 1), (1, 2, 1, 2);
  create table bills__lines__taxes (order_id bigint, line int, rate int, _sluice_parent_id bigint, _sluice_position_1 bigint, _sluice_position bigint);
  insert into bills__lines__taxes values (1, 1, 7, 1, 1, 1), (1, 2, 8, 1, 1, 2), (1, 1, 9, 1, 2, 1);`;

async function differenceAfter(damage: string, options?: ComparisonOptions): Promise<Difference> {
  await using db = await freshDatabase();
  for (const [schema, began] of Object.entries(SCHEMAS)) await db.client.query(tablesOf(schema, began));
  await db.client.query(`set search_path = killed; ${damage}`);
  return await differenceBetween(db.client, "killed", "reference", options);
}

test("tables that were loaded at other times, by other runs, do not differ", async () => {
  expect(await differenceAfter("")).toEqual(NO_DIFFERENCE);
});

describe("what is wrong with the history of rows is found", () => {
  const hour = (n: number) => `timestamptz '${SCHEMAS.killed}' + interval '${n} h'`;
  const of = (id: number, name: string) => `where id = ${id} and name = '${name}'`;

  test.each([
    ["a current version that was closed", `update orders set _sluice_valid_to = ${hour(3)} ${of(1, "third")}`],
    ["a deleted row that is current", `update orders set _sluice_valid_to = null ${of(3, "first")}`],
    ["a version that is lost", `delete from orders ${of(1, "second")}`],
    ["the first version that is lost", `delete from orders ${of(1, "first")}`],
    [
      "a version that came twice",
      `insert into orders (id, name, _sluice_valid_from, _sluice_valid_to) values (3, 'first', ${hour(1)}, ${hour(1.5)})`,
    ],
    [
      "versions in another order",
      `update orders set name = case name when 'first' then 'second' else 'first' end where id = 1 and name <> 'third'`,
    ],
    ["versions that overlap", `update orders set _sluice_valid_to = ${hour(1.5)} ${of(1, "first")}`],
    ["a gap between versions", `update orders set _sluice_valid_to = ${hour(0.5)} ${of(1, "first")}`],
    ["a deletion that is gone", `update orders set _sluice_valid_to = ${hour(2)} ${of(2, "first")}`],
    ["a version that ends before it begins", `update orders set _sluice_valid_to = ${hour(-1)} ${of(3, "first")}`],
  ])("%s", async (_, damage) => {
    const { lost, invented } = await differenceAfter(damage);
    expect(Object.keys({ ...lost, ...invented })).toEqual(["orders"]);
  });

  test("two current versions, whatever the other connection has", async () => {
    await using db = await freshDatabase();
    for (const [schema, began] of Object.entries(SCHEMAS)) {
      await db.client.query(tablesOf(schema, began));
      await db.client.query(`update orders set _sluice_valid_to = null ${of(1, "second")}`);
    }
    expect(await differenceBetween(db.client, "killed", "reference")).toEqual({
      ...NO_DIFFERENCE,
      astray: { orders: 1 },
    });
  });
});

describe("a row of a list in a wrong place is found", () => {
  test.each([
    ["bills__lines", "its place in the list", "update bills__lines set _sluice_position = 3 where line = 2"],
    ["bills__lines", "its row", "update bills__lines set _sluice_parent_id = 2 where line = 2"],
    [
      "bills__lines__taxes",
      "its place in the list",
      "update bills__lines__taxes set _sluice_position = 3 where rate = 8",
    ],
    [
      "bills__lines__taxes",
      "the place of the list above",
      "update bills__lines__taxes set _sluice_position_1 = 3 - _sluice_position_1",
    ],
  ])("%s: %s", async (table, _, damage) => {
    const { lost, invented } = await differenceAfter(damage);
    expect(Object.keys(lost)).toEqual([table]);
    expect(Object.keys(invented)).toEqual([table]);
  });
});

describe("where every run brings the whole table again", () => {
  const again = "insert into bills__lines select * from bills__lines";
  const found = async (repeats: number, ...damages: string[]) => {
    const { lost, invented } = await differenceAfter(damages.join("; "), { repeats });
    return { lost: Object.keys(lost), invented: Object.keys(invented) };
  };

  test("a killed run may have brought it in full", async () => {
    expect(await found(0)).toEqual({ lost: [], invented: [] });
    expect(await found(1, again)).toEqual({ lost: [], invented: [] });
  });

  test("more often than there were kills is found", async () => {
    expect(await found(0, again)).toEqual({ lost: [], invented: ["bills__lines"] });
  });

  test("a row that is lost or doubled is found", async () => {
    expect((await found(1, "delete from bills__lines where line = 2")).lost).toEqual(["bills__lines"]);
    const doubled = await found(1, "insert into bills__lines select * from bills__lines where line = 2");
    expect(doubled.invented).toEqual(["bills__lines"]);
    expect((await found(1, again, "delete from bills__lines where line = 2")).lost).toEqual(["bills__lines"]);
  });
});

test("a column of Sluice's own that one of them lacks is found", async () => {
  const { columns } = await differenceAfter("alter table orders drop column _sluice_run_id");
  expect(columns).toHaveLength(1);
});
