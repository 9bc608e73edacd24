import { SluiceError } from "../../../core/errors.ts";
import { quoteIdentifier, quoteLiteral, quoteTable } from "../identifiers.ts";
import { baseInfoSql, type ColumnInfo, type ColumnRow, columnInfo, typeInfoSql } from "./column-info.ts";

/** A table, a view or a query, as the transaction that reads it sees it. */
export interface Readable {
  label: string;
  /** SQL: what follows `from`. */
  from: string;
  columns: ColumnInfo[];
  /** Where the rows lie, in the order of their ids; none where they cannot be read by place. */
  parts: Part[];
}

/** A table's own storage, or one partition's. */
export interface Part {
  id: number;
  /** Changes whenever the part is written anew. */
  node: string;
  pages: number;
  from: string;
}

export interface TableName {
  schema: string;
  table: string;
}

interface Described {
  kind: string;
  node: number;
  currentNode: number;
  filtered: boolean;
  columns: ColumnRow[];
  parts: { id: number; node: number; pages: number; schema: string; table: string; readable: boolean }[];
}

/** SQL that answers with one row, or none when there is no such table. Its columns are for `readableTable`. */
export function describeTableSql({ schema, table }: TableName): string {
  return `select c.relkind as kind, c.relfilenode::int8 as node, coalesce(pg_relation_filenode(c.oid), 0)::int8 as "currentNode",
  row_security_active(c.oid) as filtered,
  (select coalesce(json_agg(json_build_object('name', a.attname, 'notNull', a.attnotnull,
      'type', ${typeInfoSql("a.atttypid", "a.atttypmod")}, 'base', ${baseInfoSql("a.atttypid")}) order by a.attnum), '[]')
    from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (has_table_privilege(c.oid, 'select') or has_column_privilege(c.oid, a.attnum, 'select'))) as columns,
  (with recursive tree (id) as (
      select c.oid union all select i.inhrelid from tree join pg_catalog.pg_inherits i on i.inhparent = tree.id where c.relkind = 'p')
    select coalesce(json_agg(json_build_object('id', p.oid::int8, 'node', p.relfilenode::int8, 'schema', pn.nspname,
      'table', p.relname, 'pages', pg_relation_size(p.oid) / current_setting('block_size')::int8,
      'readable', has_table_privilege(p.oid, 'select')) order by p.oid), '[]')
    from tree join pg_catalog.pg_class p on p.oid = tree.id join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
    where p.relkind in ('r', 'm') or c.relkind = 'p' and p.relkind <> 'p') as parts
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = ${quoteLiteral(schema)} and c.relname = ${quoteLiteral(table)} and c.relkind in ('r', 'p', 'v', 'm', 'f')`;
}

/** @throws SluiceError source_not_found, or source_changed_while_read when the snapshot is older than the table's rows */
export function readableTable({ schema, table }: TableName, row: object | undefined): Readable & { filtered: boolean } {
  const label = `${schema}.${table}`;
  if (row === undefined) {
    throw new SluiceError(
      "source_not_found",
      `reading ${label}: there is no such table (any more). See \`sluice connections discover\` for what there is.`,
    );
  }
  const { kind, node, currentNode, filtered, columns, parts } = row as Described;
  if (Number(node) !== Number(currentNode)) {
    const message = `reading ${label}: the table was written anew (truncate, alter table, vacuum full) after the run's snapshot was taken, so its rows cannot be seen in it. Run again.`;
    throw new SluiceError("source_changed_while_read", message);
  }
  const alias = quoteIdentifier(table);
  const nameOf = (name: TableName, only: string) => `${only}${quoteTable(name.schema, name.table)} as ${alias}`;
  const isByPlace = !filtered && parts.every((part) => part.readable && part.node !== 0);
  return {
    label,
    from: nameOf({ schema, table }, kind === "r" ? "only " : ""),
    columns: columns.map(columnInfo),
    parts: isByPlace ? parts.map((part) => ({ ...part, node: String(part.node), from: nameOf(part, "only ") })) : [],
    filtered,
  };
}
