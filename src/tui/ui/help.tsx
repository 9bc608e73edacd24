import type { ReactNode } from "react";
import type { Action } from "../keys/action.ts";
import { shownKey } from "../keys/press.ts";
import type { KeyScope } from "../keys/scope-stack.ts";
import type { Session } from "../session.ts";
import { ModalFrame, useModalSize } from "./modal.tsx";
import { type Column, Table } from "./table.tsx";
import { useList } from "./use-list.ts";

interface HelpRow {
  id: string;
  keys: string;
  title: string;
  help: string;
  isDisabled: boolean;
}

const COLUMNS: readonly Column<HelpRow>[] = [
  { title: "key", width: 16, cell: ({ keys }) => ({ text: keys, tone: "key" }) },
  { title: "does", width: 18, cell: ({ title, isDisabled }) => ({ text: title, tone: isDisabled ? "dim" : "plain" }) },
  { title: "", width: "grow", cell: ({ help }) => help },
];

/** All keys that work here, from the same descriptions that make them work. */
export function openHelp({ modals, keys }: Session): void {
  const rows = helpRows(keys.active);
  modals.open((close) => <Help rows={rows} onClose={close} />);
}

function Help({ rows, onClose }: { rows: readonly HelpRow[]; onClose(): void }): ReactNode {
  const size = useModalSize();
  const list = useList({ name: "help", rows, idOf: ({ id }) => id, height: size.rows - 1 });
  const close: Action = {
    id: "help.close",
    keys: ["?", "q"],
    title: "close help",
    help: "Go back to the screen.",
    run: onClose,
  };
  return (
    <ModalFrame title="Keys that work here" actions={[close, ...list.actions]} onClose={onClose}>
      <Table list={list} columns={COLUMNS} />
    </ModalFrame>
  );
}

export function helpRows(scopes: readonly KeyScope[]): HelpRow[] {
  const taken = new Set<string>();
  return scopes.flatMap(({ title: scope, actions }, depth) =>
    actions.flatMap(({ id, keys, title, help, disabled }) => {
      const own = keys.filter((key) => !taken.has(key));
      for (const key of own) taken.add(key);
      if (own.length === 0) return [];
      const why = disabled === undefined ? "" : `Not now: ${disabled}. `;
      const row = {
        keys: own.map(shownKey).join(" "),
        title,
        help: `${why}${help}`,
        isDisabled: disabled !== undefined,
      };
      return [{ id: `${depth} ${scope} ${id}`, ...row }];
    }),
  );
}
