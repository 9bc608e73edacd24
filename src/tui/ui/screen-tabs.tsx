import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { useActiveScopes } from "../keys/key-scope.tsx";
import { reachableActions } from "../keys/reachable-actions.ts";
import { openScreenKey, SCREEN_KEYS } from "../screens/screen-keys.ts";
import { useSession } from "../session-context.ts";
import { useStore } from "../state/store.ts";
import { useLook } from "../theme/toned.tsx";

/** Which key leads to which screen, where these keys work; the one that is open stands out. */
export function ScreenTabs({ columns }: { columns: number }): ReactNode {
  const { router, isScreenReader } = useSession();
  const scopes = useActiveScopes();
  const open = openScreenKey(useStore(router));
  const key = useLook("key");
  const dim = useLook("dim");
  const strong = useLook("strong");
  const tabs = isScreenReader
    ? []
    : reachableActions(scopes).filter(({ action, keys }) => SCREEN_KEYS.has(action.id) && keys.length > 0);
  const width = tabs.reduce((sum, { action: { title } }) => sum + title.length + 2, 0);
  const gap = width + (tabs.length - 1) * 2 <= columns ? "  " : " ";
  return (
    <Box flexShrink={0} height={1}>
      <Text wrap="truncate-end">
        {tabs.map(({ action: { id, title }, keys }, index) => (
          <Text key={id}>
            {index === 0 ? "" : gap}
            <Text {...key}>{keys[0]}</Text>
            <Text {...(keys[0] === open ? strong : dim)}>{` ${title}`}</Text>
          </Text>
        ))}
      </Text>
    </Box>
  );
}
