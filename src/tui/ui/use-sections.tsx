import { Box } from "ink";
import type { ReactNode } from "react";
import type { Action } from "../keys/action.ts";
import { useRemembered } from "../state/visit-context.ts";
import { Toned } from "../theme/toned.tsx";

export interface Section {
  name: string;
  /** Shown behind the name. */
  count: number;
}

export interface Sections {
  current: string;
  /** The names in one line, the current one in brackets. */
  line: ReactNode;
  actions: readonly Action[];
}

/** Parts of a screen that take turns in the same place; tab goes to the next. */
export function useSections(sections: readonly Section[]): Sections {
  const [wanted, setWanted] = useRemembered("section", sections[0]?.name ?? "");
  const found = sections.findIndex(({ name }) => name === wanted);
  const index = Math.max(0, found);
  const go = (step: number) => setWanted(sections[(index + step + sections.length) % sections.length]?.name ?? "");
  const current = sections[index]?.name ?? "";
  return {
    current,
    line: (
      <Box flexShrink={0} height={1} overflow="hidden">
        {sections.map(({ name, count }) => (
          <Box key={name} flexShrink={0} marginRight={2}>
            <Toned tone={name === current ? "strong" : "dim"}>
              {name === current ? `[${name} ${count}]` : ` ${name} ${count} `}
            </Toned>
          </Box>
        ))}
      </Box>
    ),
    actions: [
      {
        ...{ id: "section.next", keys: ["tab"], title: "next part", footer: 75, run: () => go(1) },
        help: `Show the next part: ${sections.map(({ name }) => name).join(", ")}.`,
      },
      {
        ...{ id: "section.before", keys: ["shift+tab"], title: "part before", run: () => go(-1) },
        help: "Show the part before.",
      },
    ],
  };
}
