/** A type as the catalogue describes it. */
interface TypeInfo {
  id: number;
  /** As `format_type` prints it under the session's search path. */
  name: string;
  /** `b` base, `c` composite, `d` domain, `e` enum, `r` range, `m` multirange. */
  kind: string;
  category: string;
  /** Of an array. */
  element: number | null;
  elementKind: string | null;
  elementName: string | null;
}

/** A column of a table or of a query's result, and how it travels. */
export interface ColumnInfo {
  name: string;
  /** At the source, for casts there. */
  type: string;
  /** A type that every Postgres has. */
  carried: string;
  nullable: boolean;
  /** `D` dates and times, `N` numbers, `S` text …, of the type that it is carried as. */
  category: string;
}

export interface ColumnRow {
  name: string;
  notNull: boolean;
  type: TypeInfo;
  /** Below a domain, or below the elements of an array of a domain. */
  base: TypeInfo | null;
}

/** Columns whose types the server itself brings travel as they are; the others become what they are made of, or text. */
export function columnInfo({ name, notNull, type, base }: ColumnRow): ColumnInfo {
  const carried = carriedAs(type, base);
  const category = carried === "text" ? "S" : type.kind === "d" ? (base?.category ?? "U") : type.category;
  return { name, type: type.name, carried, nullable: !notNull, category };
}

/** SQL for a TypeInfo, or null; `id` and `modifier` are SQL too. */
export function typeInfoSql(id: string, modifier: string): string {
  return `(select json_build_object('id', t.oid::int8, 'name', format_type(t.oid, ${modifier}), 'kind', t.typtype,
    'category', t.typcategory, 'element', e.oid::int8, 'elementKind', e.typtype, 'elementName', format_type(e.oid, ${modifier}))
    from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A' where t.oid = ${id})`;
}

/** SQL for what is below the domain \`id\`, or below the domain that an array has as elements; null for other types. */
export function baseInfoSql(id: string): string {
  return `(select case when 'd' in (d.typtype, coalesce(de.typtype, '')) then (
    with recursive chain (id, modifier, depth) as (
      select case when d.typtype = 'd' then d.oid else de.oid end, -1, 0
      union all select n.typbasetype, n.typtypmod, depth + 1 from chain join pg_catalog.pg_type n on n.oid = chain.id where n.typtype = 'd')
    select ${typeInfoSql("last.id", "last.modifier")} from (select * from chain order by depth desc limit 1) last) end
    from pg_catalog.pg_type d left join pg_catalog.pg_type de on de.oid = d.typelem and d.typcategory = 'A' where d.oid = ${id})`;
}

/** Types with higher ids were made in that database: by its users or by an extension. */
const FIRST_OWN_ID = 16_384;

/** They travel as numbers that mean nothing elsewhere, or have no binary form. */
const BOUND_TO_ITS_SERVER =
  /^(reg[a-z]+|aclitem|pg_node_tree|pg_ndistinct|pg_dependencies|pg_mcv_list|gtsvector|pg_brin_[a-z_]+)(\[\])?$/;

/**
 * Binary COPY does not keep their values: no server takes back the empty tsquery that it has sent, and xml arrives with
 * another declaration than it had.
 */
const TEXT_ONLY = /^(tsquery|xml)(\[\])?$/;

/** Whether the values of a type that a column is carried as stay the same in binary COPY. */
export function keepsInBinary(carried: string): boolean {
  return !TEXT_ONLY.test(carried);
}

/** COPY in text leaves out the declaration of xml, a cast does not. The type that the server is asked for, if not the column's own. */
export function askedFor({ type, carried }: Pick<ColumnInfo, "type" | "carried">): string | undefined {
  if (/^xml(\[\])?$/.test(carried)) return carried.replace("xml", "text");
  return type === carried ? undefined : carried;
}

function carriedAs(type: TypeInfo, base: TypeInfo | null): string {
  if (type.element !== null) {
    if (isBuiltIn(type.element, type.elementKind)) return portable(type.name);
    const below = type.elementKind === "d" && base !== null ? carriedAs(base, null) : "text";
    return below.endsWith("[]") ? "text" : `${below}[]`;
  }
  if (type.kind === "d") return base === null ? "text" : carriedAs(base, null);
  return isBuiltIn(type.id, type.kind) ? portable(type.name) : "text";
}

function isBuiltIn(id: number, kind: string | null): boolean {
  return id < FIRST_OWN_ID && (kind === "b" || kind === "r" || kind === "m");
}

function portable(name: string): string {
  if (!BOUND_TO_ITS_SERVER.test(name)) return name;
  return name.endsWith("[]") ? "text[]" : "text";
}
