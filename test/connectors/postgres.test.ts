import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import postgres from "../../connectors/postgres.ts";
import { loadsOf } from "./postgres-loads.ts";

const EVERY_TYPE = `
create type mood as enum ('sad', 'ok', 'happy');
create domain percent as numeric(5,2) check (value between 0 and 100);
create type point3 as (x int, y int, label text);
create domain moods as mood;
create table everything (
  id bigint primary key, a smallint, b integer, c numeric, d numeric(12,3), e real, f double precision, g text,
  h varchar(20), i char(5), j bytea, k boolean, l date, m time, n timetz, o timestamp, p timestamptz, q interval, r uuid,
  s json, t jsonb, u inet, v cidr, w macaddr, x bit(4), y varbit, z tsvector, aa xml, ab int4range, ac tstzmultirange,
  ad point, ae path, af money, ag text[], ah int[], ai mood, aj mood[], ak percent, al percent[], am point3, an point3[],
  ao regclass, ap moods, aq "char", ar name, at oid, au pg_lsn, "Wä ""hr""" text);
insert into everything values (1, -5, 7, 1e100, 12.345, 1.5, 0.1, E'tab\\tnew\\nback\\\\slash \\\\N ü€😀', 'v', 'ab', '\\x00ff', true,
  '2026-02-03', '12:13:14.5', '12:13:14+02', '2026-01-01 10:00', '2026-01-01 10:00+02', '1 year 2 mons 3 days 04:05:06.7',
  '6f9619ff-8b86-d011-b42d-00cf4fc964ff', '{"a": 1.10}', '{"b": [1, null]}', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03',
  '1010', '10101', 'a fat cat', '<a>1</a>', '[1,5)', '{[2026-01-01,2026-02-01)}', '(1,2)', '[(0,0),(1,1)]', '12.50',
  array['a', null, 'x"y'], '{{1,2},{3,4}}', 'happy', '{sad,ok}', 12.5, '{1.5,2}', '(1,2,"a ""b""")', array['(1,2,c)']::point3[],
  'pg_class', 'ok', 'Z', 'nme', 42, '16/B374D848', 'quoted');
insert into everything (id) values (2);
insert into everything (id, c, e, p, q, k) values (3, 'NaN', '-infinity', 'infinity', '-1 day', false);`;

describe("a table with every type", () => {
  test.each([
    ["binary", {}, "copy_binary"],
    ["text", { copy_format: "text" }, "copy_text"],
  ])("is copied whole in the %s form", async (_, options, form) => {
    await using loads = await loadsOf({ source: EVERY_TYPE, options, apart: true });
    const { result, events } = await loads.run();
    expect(result.error).toBeNull();
    expect(result.stats).toMatchObject({ "public.everything": { inserted: 3, mode: "replace" } });
    expect(events.find(({ kind }) => kind === "stream.layout")?.data).toMatchObject({ form, reason: null });
    expect(await loads.differences("public.everything", "everything")).toEqual([]);
  });
});

test("every option, setting and secret stands in the documentation", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/postgres.md"), "utf8");
  const schemas = [postgres.options, postgres.secrets].map((schema) => z.toJSONSchema(schema, { io: "input" }));
  const missing = schemas.flatMap(fieldsOf).filter((field) => !text.includes(`\`${field}\``));
  expect(missing).toEqual([]);
});

/** Also of objects within. */
function fieldsOf(schema: unknown): string[] {
  const { properties = {}, additionalProperties } = schema as { properties?: object; additionalProperties?: unknown };
  const own = Object.entries(properties).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
  return typeof additionalProperties === "object" ? [...own, ...fieldsOf(additionalProperties)] : own;
}
