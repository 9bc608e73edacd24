import { Box } from "ink";
import { type ReactNode, useState } from "react";
import type { Action } from "../keys/action.ts";
import type { Session } from "../session.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { ModalFrame, useModalSize } from "./modal.tsx";
import { newEdit } from "./text-edit.ts";
import { TextField } from "./text-field.tsx";

export interface SecretQuestion {
  title: string;
  /** What there is to know, a line each. */
  lines: readonly string[];
  /** The command that does the same; it asks for the value by itself. */
  command: string;
  /** Whether nothing is an answer too. Default false. */
  mayBeEmpty?: boolean;
}

/** Asks for a secret, which is not shown. The redactor knows it from then on. Undefined when Esc leaves it. */
export function askSecret({ modals, redactor }: Session, question: SecretQuestion): Promise<string | undefined> {
  return new Promise((resolve) => {
    modals.open((close) => {
      const answer = (text: string | undefined) => {
        close();
        if (text !== undefined && !isReference(text)) redactor.add([text]);
        resolve(text);
      };
      return <SecretLine question={question} onAnswer={answer} />;
    });
  });
}

interface Asked {
  question: SecretQuestion;
  onAnswer(text: string | undefined): void;
}

function SecretLine({ question, onAnswer }: Asked): ReactNode {
  const { columns } = useModalSize();
  const [edit, setEdit] = useState(newEdit());
  const take: Action = {
    ...{ id: "secret.take", keys: ["enter"], title: "take", footer: 100, help: "Take what was written." },
    disabled: edit.text === "" && question.mayBeEmpty !== true ? "it is empty" : undefined,
    run: () => onAnswer(edit.text),
  };
  return (
    <ModalFrame title={question.title} actions={[take]} onClose={() => onAnswer(undefined)}>
      <Box flexDirection="column" marginY={1}>
        {question.lines.map((line) => (
          <Prose key={line}>{`• ${line}`}</Prose>
        ))}
        <Prose tone="dim">{`The same as: ${question.command}`}</Prose>
      </Box>
      <Box flexShrink={0}>
        <Toned tone="key">{"> "}</Toned>
        <TextField edit={edit} onChange={setEdit} width={columns - 2} isSecret={!isReference(edit.text)} />
      </Box>
    </ModalFrame>
  );
}

/** A secret that says where it is, not what it is. */
function isReference(text: string): boolean {
  return /^(env|file):/.test(text);
}
