import type { Action } from "../keys/action.ts";
import type { Session } from "../session.ts";
import { type Place, placeTitle } from "../state/place.ts";

/** The screens that are about no single thing, and what is found there. */
const SCREENS: readonly (readonly [Place, string])[] = [
  [{ screen: "connections" }, "Every connection and how its last runs went."],
  [{ screen: "history" }, "Every run of the workspace, newest first."],
  [{ screen: "state" }, "How far every stream has been read, and moving that."],
  [{ screen: "secrets" }, "Which secrets there are, and where each comes from."],
  [{ screen: "database" }, "Where the rows go: the server, its schemas and tables, and queries."],
  [{ screen: "doctor" }, "Everything that can be checked, with what to do about what is wrong."],
];

/** `1`, `2` … open a screen from wherever one is. */
export function screenKeys({ router }: Session): Action[] {
  return SCREENS.map(([place, help], index) => ({
    ...{ id: `go.${place.screen}`, keys: [String(index + 1)], title: placeTitle(place).toLowerCase(), help },
    run: () => router.open(place),
  }));
}
