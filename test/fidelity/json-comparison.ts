import type pg from "pg";
import { quoteIdentifier, quoteLiteral } from "../../src/databases/postgres/identifiers.ts";

interface RecordedColumn {
  key: string;
  name: string;
  type: string;
  variant?: boolean;
}

/**
 * What a load has not made of the records (JSON texts, each with an `id` of its own): values that are missing or differ,
 * told by key and id, asked of the server. Numbers are equal by value, times as instants, the rest as jsonb or text.
 */
export async function jsonMismatches(client: pg.Client, stream: string, records: readonly string[]): Promise<string[]> {
  const columns = await recordedColumns(client, stream);
  const table = `shop.${quoteIdentifier(stream)}`;
  await client.query("create temporary table if not exists expected (id bigint primary key, doc jsonb)");
  await client.query("truncate expected");
  await client.query("insert into expected select (r::jsonb ->> 'id')::bigint, r::jsonb from unnest($1::text[]) r", [
    records,
  ]);
  const checks = columns.filter(({ variant }) => variant !== true).map((column) => mismatchSql(table, column, columns));
  const keys = columns.map(({ key }) => key);
  const { rows } = await client.query(
    `select 'not loaded: ' || e.id as what from expected e where not exists (select from ${table} t where t.id = e.id)
     union all select 'loaded, but not sent: ' || t.id from ${table} t where not exists (select from expected e where t.id = e.id)
     union all select 'twice: ' || id from ${table} group by id having count(*) > 1
     union all select 'without a column: ' || f.key from expected e, jsonb_each(e.doc) f
       where f.value <> 'null' and not f.key = any ($1::text[])
     union all ${checks.join(" union all ")}`,
    [keys],
  );
  return rows.map(({ what }) => what);
}

async function recordedColumns(client: pg.Client, stream: string): Promise<RecordedColumn[]> {
  const { rows } = await client.query("select columns from _sluice.tables where stream = $1", [stream]);
  return rows[0]?.columns ?? [];
}

function mismatchSql(table: string, { key, name, type }: RecordedColumn, columns: readonly RecordedColumn[]): string {
  const value = `(e.doc -> ${quoteLiteral(key)})`;
  const stored = `t.${quoteIdentifier(name)}`;
  const beside = columns.find((column) => column.variant === true && column.key === key);
  const variant = beside === undefined ? "null::text" : `t.${quoteIdentifier(beside.name)}`;
  return `select format('%s of %s: %s became %s (${type}) and %s', ${quoteLiteral(key)}, e.id, left(${value}::text, 200), left(${stored}::text, 200), left(${variant}, 200))
    from expected e join ${table} t on t.id = e.id where not coalesce(case
      when coalesce(${value}, 'null') = 'null' then ${stored} is null and ${variant} is null
      when ${stored} is null then ${asText(value, variant)}
      else ${variant} is null and ${asTyped(type, value, stored)} end, false)`;
}

function asTyped(type: string, value: string, stored: string): string {
  const text = `(${value} #>> '{}')`;
  if (type === "jsonb") return `${stored} = ${value}`;
  if (type === "boolean") return `to_jsonb(${stored}) = ${value}`;
  if (type === "bigint" || type === "numeric")
    return `(jsonb_typeof(${value}) = 'number' and ${text}::numeric = ${stored})`;
  if (type === "text") return asText(value, stored);
  return `(jsonb_typeof(${value}) = 'string' and ${text}::${type} = ${stored})`;
}

function asText(value: string, stored: string): string {
  return `case jsonb_typeof(${value}) when 'number' then ${stored}::numeric = (${value} #>> '{}')::numeric
    when 'string' then ${stored} = ${value} #>> '{}' when 'boolean' then ${stored} = ${value} #>> '{}'
    else ${stored}::jsonb = ${value} end`;
}
