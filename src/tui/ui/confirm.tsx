import { Box } from "ink";
import { type ReactNode, useState } from "react";
import type { Action } from "../keys/action.ts";
import type { Session } from "../session.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { ModalFrame, useModalSize } from "./modal.tsx";
import { newEdit } from "./text-edit.ts";
import { TextField } from "./text-field.tsx";

export interface Question {
  title: string;
  /** What will happen, a line each. */
  effects: readonly string[];
  /** The command line that does the same. */
  command: string;
  /** For what cannot be undone: this must be typed. Without it, y or n. */
  typeName?: string;
}

/** Asks before something is done. No is the default: Enter alone, Esc and anything but a clear yes are no. */
export function askConfirm({ modals }: Session, question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    modals.open((close) => {
      const answer = (yes: boolean) => {
        close();
        resolve(yes);
      };
      return question.typeName === undefined ? (
        <MildQuestion question={question} onAnswer={answer} />
      ) : (
        <SevereQuestion question={question} name={question.typeName} onAnswer={answer} />
      );
    });
  });
}

interface Asked {
  question: Question;
  onAnswer(yes: boolean): void;
}

function MildQuestion({ question, onAnswer }: Asked): ReactNode {
  const actions: Action[] = [
    { id: "confirm.yes", keys: ["y"], title: "yes", footer: 100, help: "Do it.", run: () => onAnswer(true) },
    {
      id: "confirm.no",
      keys: ["n", "enter"],
      title: "no",
      footer: 99,
      help: "Leave everything as it is.",
      run: () => onAnswer(false),
    },
  ];
  return (
    <ModalFrame title={question.title} actions={actions} onClose={() => onAnswer(false)}>
      <Effects question={question} />
      <Toned tone="strong">Do it? y/N</Toned>
    </ModalFrame>
  );
}

function SevereQuestion({ question, name, onAnswer }: Asked & { name: string }): ReactNode {
  const { columns } = useModalSize();
  const [edit, setEdit] = useState(newEdit());
  const isTyped = edit.text === name;
  const actions: Action[] = [
    {
      ...{ id: "confirm.typed", keys: ["enter"], title: "do it", footer: 100, help: "Do it, once the name is typed." },
      disabled: isTyped ? undefined : `type ${name} first`,
      run: () => onAnswer(true),
    },
  ];
  return (
    <ModalFrame title={question.title} actions={actions} onClose={() => onAnswer(false)}>
      <Effects question={question} />
      <Toned tone="strong">{`Type ${name} and press Enter to do it; Esc leaves everything as it is.`}</Toned>
      <Box>
        <Toned tone="key">{"> "}</Toned>
        <TextField edit={edit} onChange={setEdit} width={columns - 2} />
      </Box>
    </ModalFrame>
  );
}

function Effects({ question }: { question: Question }): ReactNode {
  return (
    <Box flexDirection="column" marginY={1}>
      {question.effects.map((effect) => (
        <Prose key={effect}>{`• ${effect}`}</Prose>
      ))}
      <Prose tone="dim">{`The same as: ${question.command}`}</Prose>
    </Box>
  );
}
