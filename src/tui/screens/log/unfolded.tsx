import type { ReactNode } from "react";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { ModalFrame, useModalSize } from "../../ui/modal.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useList } from "../../ui/use-list.ts";

interface Line {
  id: string;
  text: string;
}

const COLUMNS: readonly Column<Line>[] = [{ title: "", width: "grow", cell: ({ text }) => text }];

/** One event with everything that it says. */
export function unfoldEvent({ modals, redactor }: Session, text: string): void {
  const lines = redactor.text(unfolded(text)).split("\n");
  modals.open((close) => <Unfolded lines={lines} whole={text} onClose={close} />);
}

/** What is not JSON stays as it is. */
function unfolded(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

function Unfolded({ lines, whole, onClose }: { lines: readonly string[]; whole: string; onClose(): void }): ReactNode {
  const { columns, rows: height } = useModalSize();
  const { terminal, notices, redactor } = useSession();
  const rows = lines.flatMap((line, at) =>
    wrapped(line, columns - 2).map((text, part) => ({ id: `${at} ${part}`, text })),
  );
  const list = useList({ name: "unfolded", rows, idOf: ({ id }) => id, height: height - 1 });
  const copy = {
    ...{ id: "event.copy", keys: ["y"], title: "copy", footer: 90, help: "Put the event on the clipboard, as JSON." },
    run: () => {
      if (terminal.copy(redactor.text(whole))) notices.say("the event is copied", "good");
    },
  };
  const fold = { ...{ id: "event.fold", keys: ["enter", "q"], title: "fold", help: "Back to the log." }, run: onClose };
  return (
    <ModalFrame title="Event" actions={[copy, fold, ...list.actions]} onClose={onClose}>
      <Table list={list} columns={COLUMNS} />
    </ModalFrame>
  );
}

/** Long values go on in the next line, so that nothing of them is cut off. */
function wrapped(line: string, width: number): string[] {
  const parts = Array.from({ length: Math.ceil(line.length / width) }, (_, at) =>
    line.slice(at * width, (at + 1) * width),
  );
  return parts.length === 0 ? [""] : parts;
}
