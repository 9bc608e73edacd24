import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Action } from "../keys/action.ts";
import { useActiveScopes } from "../keys/key-scope.tsx";
import { shownKey } from "../keys/press.ts";
import { type ReachableAction, reachableActions } from "../keys/reachable-actions.ts";
import type { KeyScope } from "../keys/scope-stack.ts";
import { useSession } from "../session-context.ts";
import { useLook } from "../theme/toned.tsx";
import { textWidth } from "./text-width.ts";

/** The main keys that work here, as many as there is room for; `?` has them all. */
export function Footer({ columns }: { columns: number }): ReactNode {
  const shown = fitActions(footerActions(useActiveScopes()), columns);
  const { isScreenReader } = useSession();
  const key = useLook("key");
  const dim = useLook("dim");
  return (
    <Box flexShrink={0} height={1}>
      <Text wrap="truncate-end">
        {shown.map(({ action: { id, title, disabled }, keys }, index) => (
          <Text key={id}>
            {index === 0 ? "" : "  "}
            <Text {...(disabled === undefined ? key : dim)}>{shownKey(keys[0] ?? "")}</Text>
            <Text {...dim}>{` ${title}${isScreenReader && disabled !== undefined ? " (not now)" : ""}`}</Text>
          </Text>
        ))}
      </Text>
    </Box>
  );
}

/**
 * Those that want to be in the footer, the most important first. What cannot be done now comes after all that can: `?`
 * and its key say why.
 */
export function footerActions(scopes: readonly KeyScope[]): ReachableAction[] {
  return reachableActions(scopes)
    .filter(({ action: { footer }, keys }) => footer !== undefined && keys.length > 0)
    .sort((a, b) => placeOf(b.action) - placeOf(a.action));
}

/** Lower than any place that an action asks for. */
const LAST = 1_000;

function placeOf({ footer = 0, disabled }: Action): number {
  return disabled === undefined ? footer : footer - LAST;
}

function fitActions(actions: readonly ReachableAction[], columns: number): ReachableAction[] {
  let used = 0;
  return actions.filter(({ keys: [key = ""], action: { title } }) => {
    const width = textWidth(`${shownKey(key)} ${title}`) + (used === 0 ? 0 : 2);
    if (used + width > columns) return false;
    used += width;
    return true;
  });
}
