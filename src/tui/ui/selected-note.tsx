import { Box } from "ink";
import type { ReactNode } from "react";
import type { Tone } from "../theme/theme.ts";
import { Prose } from "../theme/toned.tsx";

export interface SelectedNoteProps {
  /** Lines that it takes, also when there is nothing to say: the list above must not jump. */
  rows: number;
  text: string | undefined;
  tone?: Tone;
  /** Said after it, and not cut off before it. */
  hint?: string | undefined;
}

/** Lines under a list for what does not fit into its selected row. */
export function SelectedNote({ rows, text, tone = "plain", hint }: SelectedNoteProps): ReactNode {
  return (
    <Box flexDirection="column" height={rows} flexShrink={0} overflow="hidden">
      {text === undefined ? null : <Prose tone={tone}>{text}</Prose>}
      {hint === undefined ? null : <Prose tone="dim">{hint}</Prose>}
    </Box>
  );
}
