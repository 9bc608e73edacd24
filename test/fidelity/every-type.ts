import type pg from "pg";
import { quoteIdentifier } from "../../src/databases/postgres/identifiers.ts";
import { SAMPLES, WITHOUT_VALUES } from "./sample-values.ts";

/** A type that the server brings: a base type, a range or a multirange. */
export interface ServerType {
  name: string;
  /** As it is written in `create table`. */
  sql: string;
  hasArray: boolean;
}

/** Of the server's catalogue, so that a type that a newer version brings is not passed over. */
export async function typesOfServer(client: pg.Client): Promise<ServerType[]> {
  const { rows } = await client.query(
    `select typname as name, format_type(oid, null) as sql, typarray <> 0 as "hasArray" from pg_type
     where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typcategory <> 'A' order by 1`,
  );
  return rows;
}

export function withoutSample(types: readonly ServerType[]): string[] {
  return types.map(({ name }) => name).filter((name) => !(name in SAMPLES) && !WITHOUT_VALUES.includes(name));
}

/** A table with a column of each of the types and one of arrays of it, a row for each sample and one of nulls. */
export async function makeTable(client: pg.Client, table: string, types: readonly ServerType[]): Promise<void> {
  const columns = types.flatMap(({ name, sql, hasArray }) => [
    `${quoteIdentifier(name)} ${sql}`,
    ...(hasArray ? [`${quoteIdentifier(arrayColumn(name))} ${sql}[]`] : []),
  ]);
  await client.query(`create table ${table} (id int primary key, lane int, ${columns.join(", ")})`);
  const rows = Math.max(ARRAY_SHAPES, ...types.map(({ name }) => samplesOf(name).length));
  for (let row = 0; row <= rows; row++) await client.query(insertSql(table, types, row));
}

function insertSql(table: string, types: readonly ServerType[], row: number): string {
  const cells = types.flatMap((type) => {
    const value = samplesOf(type.name)[row];
    const array = type.hasArray ? arrayOf(type, row) : undefined;
    return [
      ...(value === undefined ? [] : [[quoteIdentifier(type.name), `(${value})::${type.sql}`]]),
      ...(array === undefined ? [] : [[quoteIdentifier(arrayColumn(type.name)), `${array}::${type.sql}[]`]]),
    ];
  });
  const names = cells.map(([name]) => name);
  const values = cells.map(([, value]) => value);
  return `insert into ${table} (${["id", ...names].join(", ")}) values (${[row + 1, ...values].join(", ")})`;
}

const ARRAY_SHAPES = 4;

/** Flat with a null, of two dimensions, with other lower bounds, empty. */
function arrayOf({ name, sql }: ServerType, row: number): string | undefined {
  const samples = samplesOf(name).map((value) => `(${value})::${sql}`);
  const [first = `null::${sql}`, second = first] = samples;
  return [
    `array[${[...samples, `null::${sql}`].join(", ")}]`,
    `array[array[${first}, null], array[null, ${second}]]`,
    `array_fill(${first}, array[2, 1], array[-1, 7])`,
    "'{}'",
  ][row];
}

export function arrayColumn(name: string): string {
  return `${name} list`;
}

function samplesOf(name: string): readonly string[] {
  return SAMPLES[name] ?? [];
}
