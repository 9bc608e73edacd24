import { homedir } from "node:os";
import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { useSession } from "../session-context.ts";
import { placeTitle } from "../state/place.ts";
import { useStore } from "../state/store.ts";
import { useLook } from "../theme/toned.tsx";
import { cutText, textWidth } from "./text-width.ts";

/** `sluice › Connections › orders` on the left; the workspace and what is running on the right. */
export function Header({ columns }: { columns: number }): ReactNode {
  const { router, workspace, runs } = useSession();
  const crumbs = useStore(router).map(({ place }) => placeTitle(place));
  const live = useStore(runs).live.size;
  const title = useLook("title");
  const dim = useLook("dim");
  const lively = useLook("live");
  const running = live === 0 ? "" : `● ${live} running  `;
  const path = cutText(`sluice › ${crumbs.join(" › ")}`, columns);
  const room = columns - textWidth(path) - textWidth(running) - 2;
  const place = room < 8 ? "" : cutText(shortPath(workspace.root), room);
  return (
    <Box flexShrink={0} height={1} justifyContent="space-between">
      <Text wrap="truncate-end" {...title}>
        {path}
      </Text>
      <Text wrap="truncate-end">
        <Text {...lively}>{running}</Text>
        <Text {...dim}>{place}</Text>
      </Text>
    </Box>
  );
}

function shortPath(path: string): string {
  const home = homedir();
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
