import { Box } from "ink";
import { type ReactNode, useState } from "react";
import type { Action } from "../keys/action.ts";
import type { Session } from "../session.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { ModalFrame, useModalSize } from "./modal.tsx";
import { newEdit } from "./text-edit.ts";
import { TextField } from "./text-field.tsx";

export interface TextQuestion {
  title: string;
  /** What will happen, a line each. */
  effects: readonly string[];
  initial?: string;
  /** Why a text cannot be taken; undefined for one that can. */
  problemOf(text: string): string | undefined;
  /** The command line that does the same. */
  commandFor(text: string): string;
}

/** Asks for a line of text. Resolves to undefined when Esc leaves everything as it is. */
export function askText({ modals }: Session, question: TextQuestion): Promise<string | undefined> {
  return new Promise((resolve) => {
    modals.open((close) => {
      const answer = (text: string | undefined) => {
        close();
        resolve(text);
      };
      return <Line question={question} onAnswer={answer} />;
    });
  });
}

interface Asked {
  question: TextQuestion;
  onAnswer(text: string | undefined): void;
}

function Line({ question, onAnswer }: Asked): ReactNode {
  const { columns } = useModalSize();
  const [edit, setEdit] = useState(newEdit(question.initial));
  const problem = question.problemOf(edit.text);
  const take: Action = {
    ...{ id: "text.take", keys: ["enter"], title: "do it", footer: 100, help: "Take what is written." },
    disabled: problem,
    run: () => onAnswer(edit.text),
  };
  const isUntouched = edit.text === (question.initial ?? "");
  return (
    <ModalFrame title={question.title} actions={[take]} onClose={() => onAnswer(undefined)}>
      <Box flexDirection="column" marginY={1}>
        {question.effects.map((effect) => (
          <Prose key={effect}>{`• ${effect}`}</Prose>
        ))}
        <Prose tone="dim">{`The same as: ${question.commandFor(edit.text === "" ? "…" : edit.text)}`}</Prose>
      </Box>
      <Box flexShrink={0}>
        <Toned tone="key">{"> "}</Toned>
        <TextField edit={edit} onChange={setEdit} width={columns - 2} />
      </Box>
      <Toned tone="bad">{problem === undefined || isUntouched ? "" : `✗ ${problem}`}</Toned>
    </ModalFrame>
  );
}
