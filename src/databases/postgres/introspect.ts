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

/**
 * What would be lost or broken if the table were dropped and another put in its place. The list is empty when nothing
 * depends on it but what Sluice made itself (its primary key).
 */
const DEPENDENTS = `
select 'view ' || v.relname as what from pg_depend d join pg_rewrite r on r.oid = d.objid
  join pg_class v on v.oid = r.ev_class
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = $1 and v.oid <> $1
union select 'foreign key ' || conname from pg_constraint where contype = 'f' and (confrelid = $1 or conrelid = $1)
union select 'check ' || conname from pg_constraint where contype in ('c', 'x') and conrelid = $1
union select 'trigger ' || tgname from pg_trigger where tgrelid = $1 and not tgisinternal
union select 'policy ' || polname from pg_policy where polrelid = $1
union select 'publication' from pg_publication_rel where prrelid = $1
union select 'inheritance' from pg_inherits where inhparent = $1 or inhrelid = $1
union select 'index ' || i.indexrelid::regclass from pg_index i where i.indrelid = $1 and not i.indisprimary
union select 'comment' from pg_description where classoid = 'pg_class'::regclass and objoid = $1
union select 'privileges' from pg_class where oid = $1 and relacl is not null
union select 'owner' from pg_class where oid = $1 and relowner <> (select oid from pg_roles where rolname = current_user)
union select 'options' from pg_class where oid = $1 and (reloptions is not null or relkind <> 'r' or relrowsecurity)
union select 'statistics ' || stxname from pg_statistic_ext where stxrelid = $1
union select 'default of ' || a.attname from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  where d.adrelid = $1 and a.attname not like '\\_sluice\\_%'
union select 'not null ' || a.attname from pg_attribute a where a.attrelid = $1 and a.attnum > 0 and a.attnotnull
  and not a.attisdropped and not exists (
    select from pg_index i where i.indrelid = $1 and i.indisprimary and a.attnum = any(i.indkey))
union select 'function or type' from pg_depend
  where refclassid = 'pg_type'::regclass and refobjid = (select reltype from pg_class where oid = $1)
  and deptype = 'n'`;

/** Names what depends on a table, for people; empty when it may be swapped for another. */
export async function listDependents(client: pg.Client, oid: number): Promise<string[]> {
  const { rows } = await client.query(DEPENDENTS, [oid]);
  return rows.map((row) => row.what).sort();
}
