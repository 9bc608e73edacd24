import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Action } from "../keys/action.ts";
import { useActiveScopes } from "../keys/key-scope.tsx";
import { shownKey } from "../keys/press.ts";
import type { KeyScope } from "../keys/scope-stack.ts";
import { useLook } from "../theme/toned.tsx";
import { textWidth } from "./text-width.ts";

/** The main keys that work here, as many as there is room for; `?` has them all. */
export function Footer({ columns }: { columns: number }): ReactNode {
  const shown = fitActions(footerActions(useActiveScopes()), columns);
  const key = useLook("key");
  const dim = useLook("dim");
  return (
    <Box flexShrink={0} height={1}>
      <Text wrap="truncate-end">
        {shown.map(({ id, keys, title, disabled }, index) => (
          <Text key={id}>
            {index === 0 ? "" : "  "}
            <Text {...(disabled === undefined ? key : dim)}>{shownKey(keys[0] ?? "")}</Text>
            <Text {...dim}>{` ${title}`}</Text>
          </Text>
        ))}
      </Text>
    </Box>
  );
}

/** Those that want to be in the footer, the most important first; of a key only the innermost. */
export function footerActions(scopes: readonly KeyScope[]): Action[] {
  const taken = new Set<string>();
  const reachable = scopes.flatMap(({ actions }) =>
    actions.filter(({ keys }) => {
      const isTaken = keys[0] === undefined || taken.has(keys[0]);
      for (const key of keys) taken.add(key);
      return !isTaken;
    }),
  );
  return reachable.filter(({ footer }) => footer !== undefined).sort((a, b) => (b.footer ?? 0) - (a.footer ?? 0));
}

function fitActions(actions: readonly Action[], columns: number): Action[] {
  let used = 0;
  return actions.filter(({ keys: [key = ""], title }) => {
    const width = textWidth(`${shownKey(key)} ${title}`) + (used === 0 ? 0 : 2);
    if (used + width > columns) return false;
    used += width;
    return true;
  });
}
