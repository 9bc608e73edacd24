import type { ReactNode } from "react";
import type { Action } from "../keys/action.ts";
import type { Session } from "../session.ts";
import { type ReadableStore, useStore } from "../state/store.ts";
import { ModalFrame, useModalSize } from "./modal.tsx";
import { type Column, Table } from "./table.tsx";
import { useList } from "./use-list.ts";

export interface PickQuestion<T> {
  title: string;
  rows: readonly T[];
  idOf(row: T): string;
  columns(): readonly Column<T>[];
  /** What the columns look into: drawn again when it changes. */
  follows?: ReadableStore<unknown>;
}

/** Asks which of several things is meant. Resolves to undefined when Esc leaves it open. */
export function askPick<T>({ modals }: Session, question: PickQuestion<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    modals.open((close) => {
      const answer = (row: T | undefined) => {
        close();
        resolve(row);
      };
      return <Rows question={question} onAnswer={answer} />;
    });
  });
}

interface Asked<T> {
  question: PickQuestion<T>;
  onAnswer(row: T | undefined): void;
}

const NOTHING: ReadableStore<undefined> = { get: () => undefined, subscribe: () => () => {} };

function Rows<T>({ question: { title, rows, idOf, columns, follows = NOTHING }, onAnswer }: Asked<T>): ReactNode {
  useStore(follows);
  const size = useModalSize();
  const list = useList({ name: `pick:${title}`, rows, idOf, height: size.rows - 1 });
  const take: Action = {
    ...{ id: "pick.take", keys: ["enter"], title: "take", footer: 100, help: "Take the selected one." },
    run: () => onAnswer(list.selected),
  };
  return (
    <ModalFrame title={title} actions={[take, ...list.actions]} onClose={() => onAnswer(undefined)}>
      <Table list={list} columns={columns()} />
    </ModalFrame>
  );
}
