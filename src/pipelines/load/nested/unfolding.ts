import { ROW_ID } from "../../../databases/postgres/names.ts";
import type { ChildTable } from "./child-table.ts";
import { fieldKey } from "./link.ts";
import { isEmptyList, isObjectList, type ObjectList, setField } from "./lists.ts";

/** The row of the stream that lists belong to. */
export interface Owner {
  index: number;
  /** Its key or id, encoded; undefined where rows are only looked at. */
  link?: readonly string[];
  id?: string;
}

export interface ChildRows {
  rows: Record<string, unknown>[];
  /** The index of the document that each row comes from. */
  owners: number[];
}

export interface ListRules {
  /** The table of a list that is a field of `above`'s rows; undefined where it stays what it is. */
  childOf(above: ChildTable, field: string): ChildTable | undefined;
  /** Whether an empty list in that field is left out. */
  isNothing(above: ChildTable, field: string): boolean;
}

/** Turns lists into rows of child tables, with the lists in them. */
export class Unfolding {
  readonly found = new Map<ChildTable, ChildRows>();
  readonly #rules: ListRules;

  constructor(rules: ListRules) {
    this.#rules = rules;
  }

  add(table: ChildTable, list: ObjectList, owner: Owner, above: readonly number[] = []): void {
    const { rows, owners } = this.#rowsOf(table);
    list.forEach((item, i) => {
      const positions = [...above, i + 1];
      const row = owner.link === undefined ? {} : linked(table, owner, positions);
      rows.push(row);
      owners.push(owner.index);
      for (const key of Object.keys(item)) {
        const value = item[key];
        if (isEmptyList(value) && this.#rules.isNothing(table, key)) continue;
        const child = isObjectList(value) ? this.#rules.childOf(table, key) : undefined;
        if (child === undefined) setField(row, fieldKey(key), value);
        else this.add(child, value as ObjectList, owner, positions);
      }
    });
  }

  #rowsOf(table: ChildTable): ChildRows {
    const present = this.found.get(table);
    if (present !== undefined) return present;
    const rows: ChildRows = { rows: [], owners: [] };
    this.found.set(table, rows);
    return rows;
  }
}

function linked({ link }: ChildTable, owner: Owner, positions: readonly number[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  link.parent.forEach((name, i) => {
    row[name] = owner.link?.[i];
  });
  link.positions.forEach((name, i) => {
    row[name] = positions[i];
  });
  if (owner.id !== undefined) row[ROW_ID] = owner.id;
  return row;
}
