import type { Row, RowBatch, TableBatch } from "../../../connector/define-connector.ts";
import { ROW_ID } from "../../../databases/postgres/names.ts";
import { type Field, isUntyped } from "../row-field.ts";
import { fieldKey } from "./link.ts";
import { type ObjectList, setField } from "./lists.ts";

/** A field of a row whose value becomes rows of a child table. */
export type ListField = readonly [key: string, list: ObjectList];

export interface ListFields {
  /** Whether a list in that field is taken out of its row. */
  takes(field: string, list: readonly unknown[]): boolean;
}

/** The rows of a batch, with the lists that become rows of child tables set apart. */
export class Documents {
  readonly batch: RowBatch;
  /** By row. */
  readonly lists: readonly (readonly ListField[])[];

  constructor(batch: RowBatch, fields: ListFields) {
    this.batch = batch;
    this.lists = "rows" in batch ? batch.rows.map((row) => listsOf(row, fields)) : listsOfTable(batch, fields);
  }

  get size(): number {
    return this.lists.length;
  }

  /** One value of a row. */
  field(index: number, key: string): Field {
    const { batch } = this;
    if ("rows" in batch) {
      const row = batch.rows[index] as Row;
      return { key, value: Object.hasOwn(row, key) ? row[key] : undefined, untyped: false };
    }
    const at = batch.columns.indexOf(key);
    return { key, value: batch.values[index]?.[at], untyped: isUntyped(batch, at) };
  }

  /** Some of the rows without their lists, under their own indexes; each with its id where there is one. */
  withoutLists(indexes: readonly number[], idOf?: (index: number) => string): RowBatch {
    const { batch, lists } = this;
    const positionOf = (at: number) => `${indexes[at]}`;
    if ("rows" in batch) {
      const rows = indexes.map((i) => ownFields(batch.rows[i] as Row, lists[i] as readonly ListField[], idOf?.(i)));
      return { rows, positionOf };
    }
    const own = (i: number) => ownValues(batch, i, lists[i] as readonly ListField[]);
    const columns = batch.columns.map(fieldKey);
    if (idOf === undefined) return { ...forms(batch), columns, values: indexes.map(own), positionOf };
    // A row may end before the last of the columns.
    const values = indexes.map((i) => {
      const row = [...own(i)];
      row[columns.length] = idOf(i);
      return row;
    });
    return { ...forms(batch), columns: [...columns, ROW_ID], values, positionOf };
  }
}

const NONE: readonly ListField[] = [];

function listsOf(row: Row, fields: ListFields): readonly ListField[] {
  let found: ListField[] | undefined;
  for (const key of Object.keys(row)) {
    const value = row[key];
    if (!Array.isArray(value) || !fields.takes(key, value)) continue;
    found ??= [];
    found.push([key, value as ObjectList]);
  }
  return found ?? NONE;
}

function listsOfTable({ columns, values }: TableBatch, fields: ListFields): (readonly ListField[])[] {
  return values.map((row) => {
    let found: ListField[] | undefined;
    for (let at = 0; at < row.length; at++) {
      const value = row[at];
      const key = columns[at] as string;
      if (!Array.isArray(value) || !fields.takes(key, value)) continue;
      found ??= [];
      found.push([key, value as ObjectList]);
    }
    return found ?? NONE;
  });
}

function ownFields(row: Row, lists: readonly ListField[], id: string | undefined): Row {
  const own: Record<string, unknown> = id === undefined ? {} : { [ROW_ID]: id };
  for (const key of Object.keys(row)) {
    if (!lists.some(([list]) => list === key)) setField(own, fieldKey(key), row[key]);
  }
  return own;
}

function ownValues({ columns, values }: TableBatch, index: number, lists: readonly ListField[]): readonly unknown[] {
  const row = values[index] as readonly unknown[];
  if (lists.length === 0) return row;
  const own = [...row];
  for (const [key] of lists) own[columns.indexOf(key)] = undefined;
  return own;
}

function forms({ untyped }: TableBatch): Pick<TableBatch, "untyped"> {
  return untyped === undefined ? {} : { untyped };
}
