import type pg from "pg";

export interface TableColumn {
  name: string;
  /** As `format_type` prints it: `numeric(10,2)`. */
  type: string;
  notNull: boolean;
  hasDefault: boolean;
  /** Generated columns and `generated always` identities cannot be written. */
  writable: boolean;
}

export interface TableDescription {
  oid: number;
  /** `r` table, `p` partitioned table, `v` view … */
  kind: string;
  columns: TableColumn[];
  /** Column lists of the unique indexes that `on conflict` can use. */
  uniqueKeys: string[][];
}

const RELATION = `
select c.oid::int8 as oid, c.relkind as kind,
  (select coalesce(json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
      'hasDefault', a.atthasdef or a.attidentity <> '', 'writable', a.attgenerated = '' and a.attidentity <> 'a')
      order by a.attnum), '[]') from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select coalesce(json_agg(keys), '[]') from (
    select json_agg(a.attname order by a.attnum) as keys
    from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
      and i.indnkeyatts = i.indnatts and i.indimmediate
    group by i.indexrelid) k) as unique_keys
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')`;

/** What the destination says about a table; undefined when there is none of that name. */
export async function describeTable(
  client: pg.Client,
  namespace: string,
  table: string,
): Promise<TableDescription | undefined> {
  const { rows } = await client.query(RELATION, [namespace, table]);
  const row = rows[0];
  if (row === undefined) return undefined;
  return { oid: Number(row.oid), kind: row.kind, columns: row.columns, uniqueKeys: row.unique_keys };
}

/** The name of a constraint by which exactly these columns are unique, though only at the end of transactions. */
export async function deferrableKey(
  client: pg.Client,
  oid: number,
  columns: readonly string[],
): Promise<string | undefined> {
  const { rows } = await client.query(
    `select conname as name from pg_constraint where conrelid = $1 and contype in ('p', 'u') and condeferrable
     and exists (select from pg_attribute where attrelid = conrelid and attnum = any (conkey)
       having array_agg(attname::text) @> $2 and array_agg(attname::text) <@ $2::text[]) order by 1`,
    [oid, columns],
  );
  return rows[0]?.name;
}

/** The tables of a schema whose names begin so, by name. */
export async function tablesBeginningWith(
  client: pg.Client,
  namespace: string,
  prefix: string,
): Promise<Map<string, TableDescription>> {
  const { rows } = await client.query(
    `select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') and starts_with(relname, $2)`,
    [namespace, prefix],
  );
  const found = new Map<string, TableDescription>();
  for (const { name } of rows) {
    const table = await describeTable(client, namespace, name);
    if (table !== undefined) found.set(name, table);
  }
  return found;
}

/**
 * What would be lost or broken if the table were dropped and another put in its place, apart from what the other one can
 * be given too (`restore-features.ts`).
 */
const DEPENDENTS = `
select 'view ' || v.relname as what from pg_depend d join pg_rewrite r on r.oid = d.objid
  join pg_class v on v.oid = r.ev_class
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = $1 and v.oid <> $1
union select 'rule ' || rulename from pg_rewrite where ev_class = $1
union select 'foreign key ' || conname from pg_constraint where contype = 'f' and (confrelid = $1 or conrelid = $1)
union select 'trigger ' || tgname from pg_trigger where tgrelid = $1 and not tgisinternal
union select 'publication ' || pubname from pg_publication_rel join pg_publication p on p.oid = prpubid where prrelid = $1
union select 'subscription' from pg_subscription_rel where srrelid = $1
union select 'inheritance' from pg_inherits where inhparent = $1 or inhrelid = $1
union select 'partitions' from pg_class where oid = $1 and relkind <> 'r'
union select 'type ' || reloftype::regtype from pg_class where oid = $1 and reloftype <> 0
union select 'statistics ' || stxname from pg_statistic_ext where stxrelid = $1
union select 'index ' || indexrelid::regclass from pg_index where indrelid = $1 and not (indisvalid and indisready)
union select 'column ' || attname from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped
  and (attidentity <> '' or attgenerated <> '')
union select 'extension ' || extname from pg_depend d join pg_extension e on e.oid = d.refobjid
  where d.classid = 'pg_class'::regclass and d.objid = $1 and d.refclassid = 'pg_extension'::regclass
union select 'security label' from pg_seclabel where classoid = 'pg_class'::regclass and objoid = $1
union select pg_describe_object(d.classid, d.objid, d.objsubid) from pg_depend d
  where ((d.refclassid = 'pg_class'::regclass and d.refobjid = $1)
      or (d.refclassid = 'pg_type'::regclass and d.refobjid in (
        select unnest(array[t.oid, t.typarray]) from pg_class c join pg_type t on t.oid = c.reltype where c.oid = $1)))
    and d.deptype <> 'i'
    and d.classid not in ('pg_rewrite'::regclass, 'pg_publication_rel'::regclass)
    and not exists (select from pg_constraint where d.classid = 'pg_constraint'::regclass and oid = d.objid and conrelid = $1)
    and not exists (select from pg_constraint where d.classid = 'pg_constraint'::regclass and oid = d.objid and contype = 'f')
    and not exists (select from pg_attrdef where d.classid = 'pg_attrdef'::regclass and oid = d.objid and adrelid = $1)
    and not exists (select from pg_policy where d.classid = 'pg_policy'::regclass and oid = d.objid and polrelid = $1)
    and not exists (select from pg_trigger where d.classid = 'pg_trigger'::regclass and oid = d.objid and tgrelid = $1)
    and not exists (select from pg_index where d.classid = 'pg_class'::regclass and indexrelid = d.objid)
    and not exists (select from pg_statistic_ext where d.classid = 'pg_statistic_ext'::regclass and oid = d.objid and stxrelid = $1)
    and not exists (select from pg_inherits where d.classid = 'pg_class'::regclass and inhrelid = d.objid and inhparent = $1)`;

/** Names what hangs on a table, for people; empty when another table may take its place. */
export async function listDependents(client: pg.Client, oid: number): Promise<string[]> {
  const { rows } = await client.query(DEPENDENTS, [oid]);
  return rows.map((row) => row.what).sort();
}
