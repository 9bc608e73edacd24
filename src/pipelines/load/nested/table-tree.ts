import type pg from "pg";
import { SluiceError } from "../../../core/errors.ts";
import { type TableDescription, tablesBeginningWith } from "../../../databases/postgres/introspect.ts";
import { PARENT_PREFIX } from "../../../databases/postgres/names.ts";
import { readTablesOfOthers } from "../../../databases/postgres/schema-store.ts";
import type { LoadTarget } from "../load-target.ts";
import { ChildTable, childName } from "./child-table.ts";
import { fieldKey } from "./link.ts";
import { isObjectList, MAX_DEPTH } from "./lists.ts";

/** A source that has more uses names of fields as values. */
const MAX_TABLES = 200;

/** The child tables of a stream, known ones and those that its rows make necessary. */
export class TableTree {
  /** Those above stand before those below. */
  readonly tables: ChildTable[] = [];
  readonly #root: LoadTarget;
  readonly #children = new Map<string, ChildTable>();
  /** Top-level fields that are columns whatever they hold. */
  readonly #columns: ReadonlySet<string>;
  /** Tables that are there and that this stream has not recorded. */
  readonly #strangers = new Map<string, TableDescription>();
  readonly #ofOthers = new Set<string>();

  private constructor(root: LoadTarget) {
    const { primary_key, version_field, deleted_field, columns } = root.plan;
    const named = [...primary_key, version_field, deleted_field, ...Object.keys(columns ?? {})];
    this.#root = root;
    this.#columns = new Set(named.filter((field) => field !== undefined));
  }

  /** Finds out what is there. With `fresh` the columns of earlier loads are forgotten. */
  static async open(client: pg.Client, root: LoadTarget, fresh: boolean): Promise<TableTree> {
    const tree = new TableTree(root);
    await tree.#restore(client, fresh);
    const { namespace, table } = root;
    for (const [name, found] of await tablesBeginningWith(client, namespace, `${table}__`)) {
      if (!tree.tables.some(({ target }) => target.table === name)) tree.#strangers.set(name, found);
    }
    for (const name of await readTablesOfOthers(client, root.identity, namespace)) tree.#ofOthers.add(name);
    return tree;
  }

  /** All tables that are known are there. */
  get isInPlace(): boolean {
    return this.tables.every(({ target }) => target.existing !== undefined);
  }

  /** Whether a list in this field of the stream's rows becomes rows of a table, or nothing at all. */
  takes(field: string, list: readonly unknown[], mayAdd: boolean): boolean {
    if (list.length === 0) return this.isNothing(undefined, field, mayAdd);
    return !this.#columns.has(field) && (mayAdd || this.#children.has(field)) && isObjectList(list);
  }

  /** An empty list has a column to stand in, unless the drift policy lets none come for it. */
  isNothing(above: ChildTable | undefined, field: string, mayAdd: boolean): boolean {
    const { schema } = above?.target ?? this.#root;
    return !mayAdd && (above?.children ?? this.#children).has(field) && schema.column(fieldKey(field)) === undefined;
  }

  /** The table of a list that is a field of `above`'s rows, or of the stream's own; undefined where it stays a column. */
  childOf(above: ChildTable | undefined, field: string, mayAdd: boolean): ChildTable | undefined {
    const present = (above?.children ?? this.#children).get(field);
    if (present !== undefined || !mayAdd) return present;
    const path = [...(above?.path ?? []), field];
    if (path.length > MAX_DEPTH) return undefined;
    if (this.tables.length >= MAX_TABLES) throw tooMany(this.#root.label);
    const isTaken = (name: string) => this.tables.some(({ target }) => target.table === name);
    const name = childName(above?.target.table ?? this.#root.table, field, isTaken);
    return this.#adopt(this.#put(path, name));
  }

  async #restore(client: pg.Client, fresh: boolean): Promise<void> {
    const known = this.#root.recorded ? this.#root.storedChildren : [];
    for (const stored of [...known].sort((a, b) => a.path.length - b.path.length)) {
      const child = this.#put(stored.path, stored.table);
      await child.target.restore(client, stored, fresh);
      if (!fresh)
        assertSameLink(
          child,
          stored.columns.map(({ name }) => name),
        );
      // Nobody can find out any more what these belonged to.
      if (this.#root.existing === undefined && child.target.existing !== undefined)
        await client.query(`delete from ${child.target.quoted}`);
    }
  }

  #put(path: readonly string[], table: string): ChildTable {
    const child = new ChildTable(this.#root, path, table);
    const above = this.tables.find(
      (it) => it.path.length === path.length - 1 && it.path.every((f, i) => f === path[i]),
    );
    (path.length === 1 ? this.#children : above?.children)?.set(path.at(-1) as string, child);
    this.tables.push(child);
    return child;
  }

  /** A table of that name that is there already must be one of these: a table of the user's own is left alone. */
  #adopt(child: ChildTable): ChildTable {
    const { target, link, path } = child;
    const stranger = this.#strangers.get(target.table);
    const isOurs = [...link.parent, ...link.positions].every((name) =>
      stranger?.columns.some((it) => it.name === name),
    );
    if (this.#ofOthers.has(target.table) || (stranger !== undefined && !isOurs))
      throw nameTaken(this.#root.label, path, target.label);
    if (stranger !== undefined) target.adopt(stranger);
    return child;
  }
}

function assertSameLink({ target, link }: ChildTable, stored: readonly string[]): void {
  const linked = stored.filter((name) => name.startsWith(PARENT_PREFIX));
  if (linked.length === link.parent.length && link.parent.every((name) => linked.includes(name))) return;
  const message = `loading ${target.label}: its rows name the row they belong to by ${linked.join(", ")}, and the stream's mode and primary key now ask for ${link.parent.join(", ")}. Run once with --full-refresh to have the tables made anew, or set mode and primary key back.`;
  throw new SluiceError("schema_unsupported", message, { details: { table: target.label } });
}

function nameTaken(parent: string, path: readonly string[], table: string): SluiceError {
  const message = `loading ${parent}: the rows in ${path.join(".")} need the table ${table}, and there is one of that name that was not made for them. Rename or drop it, give the stream another \`table\`, or declare the field's type in \`columns\` to keep it in a column.`;
  return new SluiceError("schema_unsupported", message, { details: { table } });
}

function tooMany(parent: string): SluiceError {
  const message = `loading ${parent}: its rows hold lists in more than ${MAX_TABLES} fields, which would be as many tables. Where names of fields are values, declare the field around them as jsonb in \`columns\`, or unset the stream's \`nested\`.`;
  return new SluiceError("schema_unsupported", message, { details: { tables: MAX_TABLES } });
}
