import type { ReactNode } from "react";
import { KeyScope } from "../keys/key-scope.tsx";
import { useSession } from "../session-context.ts";
import { Toned } from "../theme/toned.tsx";
import { SelectedNote } from "./selected-note.tsx";
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
  /** What may not fit into the selected row, for below the list. */
  inFull?(row: T): string;
}

const NOTE_ROWS = 2;
/** With less room the rows themselves are worth more. */
const LEAST_WITH_NOTE = 6;

/** A list with its own keys, as a part of a screen. */
export function ListPart<T>({ name, rows, idOf, columns, height, empty, inFull }: ListPartProps<T>): ReactNode {
  const { redactor } = useSession();
  const note = inFull !== undefined && height >= LEAST_WITH_NOTE ? NOTE_ROWS : 0;
  const list = useList({ name, rows, idOf, height: Math.max(1, height - 1 - note) });
  const text = list.selected === undefined ? undefined : inFull?.(list.selected);
  return (
    <KeyScope title="Moving" actions={list.actions}>
      {rows.length === 0 ? <Toned tone="dim">{empty}</Toned> : <Table list={list} columns={columns} />}
      {note === 0 ? null : <SelectedNote rows={note} text={text === undefined ? undefined : redactor.text(text)} />}
    </KeyScope>
  );
}
