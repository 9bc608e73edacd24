import type { ReactNode } from "react";
import { KeyScope } from "../keys/key-scope.tsx";
import { Toned } from "../theme/toned.tsx";
import { type Column, Table } from "./table.tsx";
import { useList } from "./use-list.ts";

export interface ListPartProps<T> {
  /** Unique within the screen. */
  name: string;
  rows: readonly T[];
  idOf(row: T): string;
  columns: readonly Column<T>[];
  /** Lines with the head of the table. */
  height: number;
  /** What stands there instead of no rows. */
  empty: string;
}

/** A list with its own keys, as a part of a screen. */
export function ListPart<T>({ name, rows, idOf, columns, height, empty }: ListPartProps<T>): ReactNode {
  const list = useList({ name, rows, idOf, height: Math.max(1, height - 1) });
  return (
    <KeyScope title="Moving" actions={list.actions}>
      {rows.length === 0 ? <Toned tone="dim">{empty}</Toned> : <Table list={list} columns={columns} />}
    </KeyScope>
  );
}
