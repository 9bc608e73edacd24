import type { Action } from "../keys/action.ts";
import type { Session } from "../session.ts";
import { type Place, placeKey, placeTitle } from "../state/place.ts";
import type { Visit } from "../state/router.ts";

/** The screens that are about no single thing, and what is found there. */
const SCREENS: readonly (readonly [Place, string])[] = [
  [{ screen: "connections" }, "Every connection and how its last runs went."],
  [{ screen: "history" }, "Every run of the workspace, newest first."],
  [{ screen: "state" }, "How far every stream has been read, and moving that."],
  [{ screen: "secrets" }, "Which secrets there are, and where each comes from."],
  [{ screen: "database" }, "Where the rows go: the server, its schemas and tables, and queries."],
  [{ screen: "doctor" }, "Everything that can be checked, with what to do about what is wrong."],
];

const idOf = ({ screen }: Place) => `go.${screen}`;
const keyAt = (index: number) => String(index + 1);

/** Their ids. */
export const SCREEN_KEYS: ReadonlySet<string> = new Set(SCREENS.map(([place]) => idOf(place)));

/** `1`, `2` … open a screen from wherever one is. */
export function screenKeys({ router }: Session): Action[] {
  return SCREENS.map(([place, help], index) => ({
    ...{ id: idOf(place), keys: [keyAt(index)], title: placeTitle(place).toLowerCase(), help },
    run: () => router.switchTo(place),
  }));
}

/** The key of the screen that the current one was come to from. */
export function openScreenKey(stack: readonly Visit[]): string | undefined {
  const open = stack.findLast(({ place }) => SCREENS.some(([each]) => placeKey(each) === placeKey(place)));
  const index = SCREENS.findIndex(([place]) => open !== undefined && placeKey(place) === placeKey(open.place));
  return index === -1 ? undefined : keyAt(index);
}
