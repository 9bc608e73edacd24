import { Box } from "ink";
import type { ReactNode } from "react";
import type { Session } from "../session.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { ModalFrame, useModalSize } from "./modal.tsx";

export interface Choice<T> {
  key: string;
  /** As the footer shows it. */
  title: string;
  /** What happens then. */
  help: string;
  value: T;
}

export interface ChoiceQuestion<T> {
  title: string;
  /** What there is to know first, a line each. What there is no room for is counted. */
  lines: readonly string[];
  choices: readonly Choice<T>[];
}

/** Asks which of several ways to go. Resolves to undefined when none was taken: Esc leaves everything as it is. */
export function askChoice<T>({ modals }: Session, question: ChoiceQuestion<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    modals.open((close) => {
      const answer = (value: T | undefined) => {
        close();
        resolve(value);
      };
      return <Choices question={question} onAnswer={answer} />;
    });
  });
}

interface Asked<T> {
  question: ChoiceQuestion<T>;
  onAnswer(value: T | undefined): void;
}

function Choices<T>({ question: { title, lines, choices }, onAnswer }: Asked<T>): ReactNode {
  const { rows } = useModalSize();
  const room = Math.max(1, rows - choices.length - 2);
  const shown = lines.length > room ? lines.slice(0, room - 1) : lines;
  const rest = lines.length - shown.length;
  const actions = choices.map(({ key, title: name, help, value }, index) => ({
    ...{ id: `choice.${name}`, keys: [key], title: name, help, footer: 100 - index },
    run: () => onAnswer(value),
  }));
  return (
    <ModalFrame title={title} actions={actions} onClose={() => onAnswer(undefined)}>
      <Box flexDirection="column" marginY={1} flexShrink={1} overflow="hidden">
        {shown.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change, and some may be the same.
          <Prose key={index}>{line}</Prose>
        ))}
        {rest === 0 ? null : <Toned tone="dim">{`… and ${rest} more`}</Toned>}
      </Box>
      {choices.map(({ key, help }) => (
        <Box key={key} flexShrink={0} height={1}>
          <Toned tone="key">{`${key}  `}</Toned>
          <Toned>{help}</Toned>
        </Box>
      ))}
    </ModalFrame>
  );
}
