import { Text } from "ink";
import type { ReactNode } from "react";
import { useSession } from "../session-context.ts";
import { useStore } from "../state/store.ts";
import type { Look, Tone } from "./theme.ts";

/** Text on one line that is cut where the room ends. */
export function Toned({ tone = "plain", children }: { tone?: Tone | undefined; children?: ReactNode }): ReactNode {
  return (
    <Text wrap="truncate-end" {...useLook(tone)}>
      {children}
    </Text>
  );
}

/** Text of several lines. */
export function Prose({ tone = "plain", children }: { tone?: Tone | undefined; children?: ReactNode }): ReactNode {
  return (
    <Text wrap="wrap" {...useLook(tone)}>
      {children}
    </Text>
  );
}

export function useLook(tone: Tone): Look {
  return useStore(useSession().theme)[tone];
}
