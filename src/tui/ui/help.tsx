import { Box } from "ink";
import type { ReactNode } from "react";
import type { Action } from "../keys/action.ts";
import { shownKey } from "../keys/press.ts";
import { reachableActions } from "../keys/reachable-actions.ts";
import type { KeyScope } from "../keys/scope-stack.ts";
import type { Session } from "../session.ts";
import { ModalFrame, useModalSize } from "./modal.tsx";
import { SelectedNote } from "./selected-note.tsx";
import { type Column, Table } from "./table.tsx";
import { useList } from "./use-list.ts";

interface HelpRow {
  id: string;
  keys: string;
  title: string;
  help: string;
  isDisabled: boolean;
  command: string | undefined;
}

/** The selected one in full, and the command line that does the same. */
const NOTE_ROWS = 4;

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
  const list = useList({ name: "help", rows, idOf: ({ id }) => id, height: size.rows - 1 - NOTE_ROWS });
  const { selected } = list;
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
      <Box flexGrow={1} />
      <SelectedNote rows={NOTE_ROWS} text={selected?.help} hint={sameAs(selected?.command)} />
    </ModalFrame>
  );
}

export function sameAs(command: string | undefined): string | undefined {
  return command === undefined ? undefined : `The same as: ${command}`;
}

export function helpRows(scopes: readonly KeyScope[]): HelpRow[] {
  return reachableActions(scopes).flatMap(({ action: { id, title, help, disabled, command }, scope, keys }, at) => {
    if (keys.length === 0) return [];
    const why = disabled === undefined ? "" : `Not now: ${disabled}. `;
    const shown = { keys: keys.map(shownKey).join(" "), title, help: `${why}${help}`, command };
    return [{ id: `${at} ${scope} ${id}`, ...shown, isDisabled: disabled !== undefined }];
  });
}
