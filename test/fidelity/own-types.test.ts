import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { columnsOf, rowDifferences } from "./comparison.ts";
import { type Copies, copiesOf, SOME_WAYS } from "./copies.ts";

/** Types that the destination does not have: its database is another one. By column, with the type of the copy. */
const COLUMNS: Record<string, readonly [type: string, copied: string]> = {
  mood: ["mood", "text"],
  moods: ["mood[]", "text[]"],
  percent: ["percent", "numeric(5,2)"],
  percents: ["percent[]", "numeric(5,2)[]"],
  half: ["half", "numeric(5,2)"],
  code: ["code", "character varying(3)"],
  matrix: ["matrix", "integer[]"],
  matrices: ["matrix[]", "text"],
  mood_domain: ["mood_domain", "text"],
  mood_domains: ["mood_domain[]", "text[]"],
  place_domain: ["place_domain", "text"],
  span_domain: ["span_domain", "text"],
  place: ["place", "text"],
  places: ["place[]", "text[]"],
  trip: ["trip", "text"],
  span: ["span", "text"],
  spans: ["span[]", "text[]"],
  many_spans: ["span_multi", "text"],
  row_of_table: ["other", "text"],
  hstore: ["hstore", "text"],
  citext: ["citext", "text"],
  citexts: ["citext[]", "text[]"],
  ltree: ["ltree", "text"],
  cube: ["cube", "text"],
};

const TYPES = `
create extension hstore; create extension citext; create extension ltree; create extension cube;
create type mood as enum ('sad', 'it''s "ok", really', 'happy €', '');
create domain percent as numeric(5,2) check (value between 0 and 100);
create domain half as percent check (value <= 50);
create domain code as varchar(3);
create domain matrix as int[];
create domain mood_domain as mood;
create type place as (x int, y numeric, label text, tags text[], feels mood);
create domain place_domain as place;
create type trip as (start place, stops place[], "Wä ""hr""" boolean);
create type span as range (subtype = float8, multirange_type_name = span_multi);
create domain span_domain as span;
create domain xml_domain as xml;
create domain query_domain as tsquery;
create table other (a int, b text);
create table own (id int primary key, lane int, ${Object.entries(COLUMNS)
  .map(([name, [type]]) => `"${name}" ${type}`)
  .join(", ")});`;

const PLACE = `row(1, 1.50, E'a "b", \\\\ (c)\\t', '{x,null,"y,z"}', 'it''s "ok", really')::place`;

/** Binary COPY does not keep what these are made of. */
const TEXT_COLUMNS: typeof COLUMNS = {
  xml_domain: ["xml_domain", "xml"],
  query_domains: ["query_domain[]", "tsquery[]"],
};

const ROWS = `
create table own_text (id int primary key, lane int, xml_domain xml_domain, query_domains query_domain[]);
insert into own_text values (1, 1, '<?xml version="1.0" encoding="UTF-8"?><ü/>', array['', 'a & b']::query_domain[]), (2, null, null, null);
insert into own values (1, 1, 'it''s "ok", really', array['sad', null, 'it''s "ok", really', '', 'happy €']::mood[],
  12.5, '{1.5,null,100}', 50, 'abc', '{{1,2},{3,null}}', array[null, '{1}', '{{1,2},{3,4}}']::matrix[],
  'happy €', '{sad,""}', ${PLACE}, '[0.1,Infinity)',
  ${PLACE}, array[${PLACE}, null], row(${PLACE}, array[${PLACE}, null], true), '[-0,NaN]', '{"[1,2)",empty,null}', '{[1,2),[3,)}',
  row(1, null), '"a b"=>"c\\"d", e=>NULL', 'MiXed', array['A', 'a'], 'top.Sub_1', '(1,2),(3,4.5)');
insert into own (id) values (2);
insert into own (id, mood, moods, percents, places, spans, place, trip, row_of_table, hstore, citext, matrix) values (3, '',
  '[-1:0][2:2]={{sad},{null}}', '[5:6]={1,2}', '{}', '{}', row(null, null, '', '{}', null), row(null, null, null), row(null, ''), '', '', '[0:1]={7,8}');`;

describe("types that are made in the source's database", () => {
  let copies: Copies;

  beforeAll(async () => {
    copies = await copiesOf({
      streams: { "public.own": { primary_key: ["id"] }, "public.own_text": { primary_key: ["id"] } },
      textOnly: ["public.own_text"],
    });
    await copies.source.client.query(TYPES + ROWS);
  });
  afterAll(() => copies[Symbol.asyncDispose]());

  test.each(SOME_WAYS)(
    "become types that every server has, with their values, by the %s lane in %s",
    async (lane, mode) => {
      const { source, destination, namespaceOf, copy } = copies;
      const { result } = await copy(lane, mode);
      expect(result.error).toBeNull();
      for (const [table, columns] of Object.entries({ own: COLUMNS, own_text: TEXT_COLUMNS })) {
        const here = { client: destination.client, schema: namespaceOf(lane, mode), table };
        expect(await rowDifferences({ client: source.client, schema: "public", table }, here)).toEqual([]);
        const found = Object.fromEntries((await columnsOf(here)).map(({ name, type }) => [name, type]));
        const wanted = Object.entries(columns).map(([name, [, copied]]) => [name, copied]);
        expect(found).toMatchObject(Object.fromEntries(wanted));
      }
    },
  );
});
