import type pg from "pg";

/** One privilege, of a table or of a column. `public` is the empty grantee. */
export interface Grant {
  grantor: string;
  grantee: string;
  privilege: string;
  grantable: boolean;
}

export interface ColumnFeatures {
  name: string;
  type: string;
  default: string | null;
  notNull: boolean;
  collation: string | null;
  statistics: number | null;
  storage: string;
  compression: string;
  options: string[] | null;
  comment: string | null;
  grants: Grant[];
}

export interface IndexFeatures {
  name: string;
  /** `create index` up to the table's name, and what follows it. */
  head: string;
  tail: string;
  /** Made by the constraint of its name. */
  ofConstraint: boolean;
  comment: string | null;
  clustered: boolean;
  replicaIdentity: boolean;
  tablespace: string | null;
  statistics: (number | null)[];
}

export interface ConstraintFeatures {
  name: string;
  definition: string;
  comment: string | null;
}

export interface PolicyFeatures {
  name: string;
  permissive: boolean;
  command: string;
  roles: string[];
  using: string | null;
  check: string | null;
  comment: string | null;
}

/** What people have made of a table besides its columns and rows, as far as another table can be given the same. */
export interface TableFeatures {
  owner: string;
  grants: Grant[];
  comment: string | null;
  options: string[] | null;
  toastOptions: string[] | null;
  persistence: string;
  tablespace: string | null;
  accessMethod: string | null;
  replicaIdentity: string;
  rowSecurity: boolean;
  forceRowSecurity: boolean;
  columns: ColumnFeatures[];
  indexes: IndexFeatures[];
  constraints: ConstraintFeatures[];
  policies: PolicyFeatures[];
}

const GRANTS = (acl: string) => `(select coalesce(json_agg(json_build_object(
  'grantor', pg_get_userbyid(g.grantor), 'grantee', case g.grantee when 0 then '' else pg_get_userbyid(g.grantee) end,
  'privilege', g.privilege_type, 'grantable', g.is_grantable)
  order by g.grantee, g.privilege_type, g.grantor), '[]') from aclexplode(${acl}) g)`;

/** A table's privileges are those of its owner, and no others, until the first is granted. */
const FEATURES = `
select json_build_object(
  'owner', pg_get_userbyid(c.relowner),
  'grants', ${GRANTS("coalesce(c.relacl, acldefault('r', c.relowner))")},
  'comment', obj_description(c.oid, 'pg_class'),
  'options', c.reloptions,
  'toastOptions', (select t.reloptions from pg_class t where t.oid = c.reltoastrelid),
  'persistence', c.relpersistence,
  'tablespace', (select spcname from pg_tablespace where oid = c.reltablespace),
  'accessMethod', (select amname from pg_am where oid = c.relam),
  'replicaIdentity', c.relreplident,
  'rowSecurity', c.relrowsecurity,
  'forceRowSecurity', c.relforcerowsecurity,
  'columns', (select coalesce(json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'default', pg_get_expr(d.adbin, d.adrelid),
      'notNull', a.attnotnull,
      'collation', (select format('%I.%I', n.nspname, l.collname) from pg_collation l
        join pg_namespace n on n.oid = l.collnamespace join pg_type t on t.oid = a.atttypid
        where l.oid = a.attcollation and a.attcollation <> t.typcollation),
      'statistics', nullif(a.attstattarget, -1), 'storage', a.attstorage, 'compression', a.attcompression,
      'options', a.attoptions, 'comment', col_description(c.oid, a.attnum), 'grants', ${GRANTS("a.attacl")})
      order by a.attnum), '[]')
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'indexes', (select coalesce(json_agg(json_build_object(
      'name', i.relname, 'head', h.head, 'tail', substr(pg_get_indexdef(i.oid), length(h.head || h.place) + 1),
      'ofConstraint', exists (select from pg_constraint k where k.conindid = i.oid and k.conrelid = c.oid),
      'comment', obj_description(i.oid, 'pg_class'), 'clustered', x.indisclustered,
      'replicaIdentity', x.indisreplident,
      'tablespace', (select spcname from pg_tablespace where oid = i.reltablespace),
      'statistics', (select json_agg(nullif(a.attstattarget, -1) order by a.attnum) from pg_attribute a where a.attrelid = i.oid))
      order by i.relname), '[]')
    from pg_index x join pg_class i on i.oid = x.indexrelid,
      lateral (select format('CREATE %sINDEX %I ON ', case when x.indisunique then 'UNIQUE ' else '' end, i.relname) as head,
        format('%I.%I', n.nspname, c.relname) as place) h
    where x.indrelid = c.oid),
  'constraints', (select coalesce(json_agg(json_build_object(
      'name', k.conname, 'definition', pg_get_constraintdef(k.oid), 'comment', obj_description(k.oid, 'pg_constraint'))
      order by k.conname), '[]')
    from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'c', 'x', 'n')),
  'policies', (select coalesce(json_agg(json_build_object(
      'name', p.polname, 'permissive', p.polpermissive, 'command', p.polcmd,
      'roles', (select json_agg(case r when 0 then '' else pg_get_userbyid(r) end order by r) from unnest(p.polroles) r),
      'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid),
      'comment', obj_description(p.oid, 'pg_policy')) order by p.polname), '[]')
    from pg_policy p where p.polrelid = c.oid)
) as features
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1`;

export async function readFeatures(client: pg.Client, oid: number): Promise<TableFeatures> {
  const { rows } = await client.query(FEATURES, [oid]);
  return rows[0].features;
}
