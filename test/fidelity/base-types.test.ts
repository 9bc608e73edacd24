import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { columnsOf, rowDifferences } from "./comparison.ts";
import { type Copies, copiesOf, WAYS } from "./copies.ts";
import { limitedTypes, makeTable, typesOfServer, withoutSample } from "./every-type.ts";
import { SAMPLE_SOURCES, TEXT_ONLY } from "./sample-values.ts";

const TABLES = ["every_type", "text_types", "limited_types"];

/** What is a number, or an internal form, of the server that it is on: the copy has its text. */
const AS_TEXT =
  /^(reg\w+|aclitem|gtsvector|pg_node_tree|pg_ndistinct|pg_dependencies|pg_mcv_list|pg_brin_\w+)( list)?$/;

describe("every type that the server brings, also with length, precision and fields,", () => {
  let copies: Copies;

  beforeAll(async () => {
    copies = await copiesOf({
      streams: Object.fromEntries(TABLES.map((table) => [`public.${table}`, { primary_key: ["id"] }])),
      textOnly: ["public.text_types"],
    });
    const { client } = copies.source;
    await client.query(SAMPLE_SOURCES);
    const types = await typesOfServer(client);
    expect(withoutSample(types)).toEqual([]);
    const [texts, others] = [true, false].map((it) => types.filter(({ name }) => TEXT_ONLY.includes(name) === it));
    await makeTable(client, "every_type", others ?? []);
    await makeTable(client, "text_types", texts ?? []);
    await makeTable(client, "limited_types", limitedTypes());
  });
  afterAll(() => copies[Symbol.asyncDispose]());

  test.each(WAYS)("keeps its values by the %s lane in %s", async (lane, mode) => {
    const { source, destination, namespaceOf, copy } = copies;
    const { result } = await copy(lane, mode);
    expect(result.error).toBeNull();
    for (const table of TABLES) {
      const there = { client: source.client, schema: "public", table };
      const here = { client: destination.client, schema: namespaceOf(lane, mode), table };
      expect(await rowDifferences(there, here)).toEqual([]);
      const wanted = (await columnsOf(there)).map(({ name, type }) => [name, carried(name, type, lane === "row")]);
      const found = (await columnsOf(here)).map(({ name, type }) => [name, type]);
      expect(found.length).toBeGreaterThan(2);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    }
  });

  test("are known to be unchanged when they come again", async () => {
    const { result } = await copies.copy("binary", "merge");
    expect(result.error).toBeNull();
    for (const table of TABLES) {
      const { rows } = await copies.source.client.query(`select count(*)::int as n from ${table}`);
      const same = { rows_read: rows[0].n, unchanged: rows[0].n, inserted: 0, updated: 0, deleted: 0, rejected: 0 };
      expect(result.stats[`public.${table}`]).toMatchObject(same);
    }
  });
});

function carried(name: string, type: string, isForced: boolean): string {
  if (name === "lane" && isForced) return "text";
  return AS_TEXT.test(name) ? type.replace(/^[^[]*/, "text") : type;
}
