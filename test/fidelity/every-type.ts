import type pg from "pg";
import { quoteIdentifier, quoteLiteral } from "../../src/databases/postgres/identifiers.ts";
import { LIMITED_SAMPLES, SAMPLES, WITHOUT_VALUES } from "./sample-values.ts";

/** A type that the server brings: a base type, a range or a multirange, also with a length, a precision or fields. */
export interface ServerType {
  /** Of its column. */
  name: string;
  /** As it is written in `create table`. */
  sql: string;
  hasArray: boolean;
  /** SQL expressions. */
  samples: readonly string[];
}

/**
 * Of the server's catalogue, so that a type that a newer version brings is not passed over. Without a modifier, which
 * `character` and `bit` would have: they are `character(1)` and `bit(1)`, and casts to them cut.
 */
export async function typesOfServer(client: pg.Client): Promise<ServerType[]> {
  const { rows } = await client.query(
    `select typname as name, format_type(oid, -1) as sql, typarray <> 0 as "hasArray" from pg_type
     where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typcategory <> 'A' order by 1`,
  );
  return rows.map((row) => ({ ...row, samples: SAMPLES[row.name] ?? [] }));
}

/** Types with a modifier; each column is named as its type is. */
export function limitedTypes(): ServerType[] {
  return Object.entries(LIMITED_SAMPLES).map(([sql, samples]) => ({ name: sql, sql, hasArray: true, samples }));
}

export function withoutSample(types: readonly ServerType[]): string[] {
  return types.map(({ name }) => name).filter((name) => !(name in SAMPLES) && !WITHOUT_VALUES.includes(name));
}

/**
 * A table with a column of each of the types and one of arrays of it, a row for each sample and one of nulls. Throws when
 * a sample is not in it as it was written.
 */
export async function makeTable(client: pg.Client, table: string, types: readonly ServerType[]): Promise<void> {
  const columns = types.flatMap(({ name, sql, hasArray }) => [
    `${quoteIdentifier(name)} ${sql}`,
    ...(hasArray ? [`${quoteIdentifier(arrayColumn(name))} ${sql}[]`] : []),
  ]);
  await client.query(`create table ${table} (id int primary key, lane int, ${columns.join(", ")})`);
  const rows = Math.max(ARRAY_SHAPES, ...types.map(({ samples }) => samples.length));
  for (let row = 0; row <= rows; row++) await client.query(insertSql(table, types, row));
  const cut = await cutSamples(client, table, types);
  if (cut.length > 0) throw new Error(`these are not what their samples say: ${cut.join(", ")}`);
}

/** Columns that hold another value than their type without any modifier would. */
async function cutSamples(client: pg.Client, table: string, types: readonly ServerType[]): Promise<string[]> {
  const { rows: columns } = await client.query(
    "select attname as name, format_type(atttypid, -1) as type from pg_attribute where attrelid = $1::regclass",
    [table],
  );
  const unlimited = new Map(columns.map(({ name, type }) => [name, type]));
  const checks = types.flatMap(({ name, samples }) =>
    samples.map(
      (value, row) =>
        `select ${quoteLiteral(`${name} ${row + 1}`)} as what from ${table}
         where id = ${row + 1} and format('%s', ${quoteIdentifier(name)}) <> format('%s', (${value})::${unlimited.get(name)})`,
    ),
  );
  return (await client.query(checks.join(" union all "))).rows.map(({ what }) => what);
}

function insertSql(table: string, types: readonly ServerType[], row: number): string {
  const cells = types.flatMap((type) => {
    const value = type.samples[row];
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
function arrayOf({ samples, sql }: ServerType, row: number): string | undefined {
  const values = samples.map((value) => `(${value})::${sql}`);
  const [first = `null::${sql}`, second = first] = values;
  return [
    `array[${[...values, `null::${sql}`].join(", ")}]`,
    `array[array[${first}, null], array[null, ${second}]]`,
    `array_fill(${first}, array[2, 1], array[-1, 7])`,
    "'{}'",
  ][row];
}

export function arrayColumn(name: string): string {
  return `${name} list`;
}
