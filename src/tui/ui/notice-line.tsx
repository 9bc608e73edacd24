import { Box } from "ink";
import type { ReactNode } from "react";
import { useSession } from "../session-context.ts";
import { useStore } from "../state/store.ts";
import type { Tone } from "../theme/theme.ts";
import { Toned } from "../theme/toned.tsx";
import { fitText } from "./text-width.ts";

const MARKS = { info: "·", good: "✓", warn: "!", error: "✗" } as const;
const TONES = { info: "plain", good: "good", warn: "warn", error: "bad" } as const satisfies Record<string, Tone>;

/** The line above the footer: what has just happened. Empty, it keeps its place so that nothing moves. */
export function NoticeLine({ columns }: { columns: number }): ReactNode {
  const notice = useStore(useSession().notices);
  return (
    <Box flexShrink={0} height={1}>
      {notice === undefined ? null : (
        <Toned tone={TONES[notice.level]}>{fitText(`${MARKS[notice.level]} ${notice.text}`, columns)}</Toned>
      )}
    </Box>
  );
}
