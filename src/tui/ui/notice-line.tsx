import { Box } from "ink";
import type { ReactNode } from "react";
import { useSession } from "../session-context.ts";
import { useStore } from "../state/store.ts";
import type { Tone } from "../theme/theme.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { ScreenTabs } from "./screen-tabs.tsx";
import { fitText, oneLine, textWidth } from "./text-width.ts";

const MARKS = { info: "·", good: "✓", warn: "!", error: "✗" } as const;
const TONES = { info: "plain", good: "good", warn: "warn", error: "bad" } as const satisfies Record<string, Tone>;

/** What to do about a failure stands at the end of its message. */
const MOST_ROWS = 5;

/**
 * The line above the footer: what has just happened, else which screens there are. What is longer lies over the end of
 * the screen until a key is pressed.
 */
export function NoticeLine({ columns }: { columns: number }): ReactNode {
  const notice = useStore(useSession().notices);
  if (notice === undefined) return <ScreenTabs columns={columns} />;
  const tone = TONES[notice.level];
  const text = `${MARKS[notice.level]} ${oneLine(notice.text)}`;
  if (textWidth(text) <= columns) {
    return (
      <Box flexShrink={0} height={1}>
        <Toned tone={tone}>{fitText(text, columns)}</Toned>
      </Box>
    );
  }
  return (
    <Box flexShrink={0} maxHeight={MOST_ROWS} overflow="hidden">
      <Prose tone={tone}>{text}</Prose>
    </Box>
  );
}
