import { expect } from "vitest";
import { reachableActions } from "../../../src/tui/keys/reachable-actions.ts";
import { footerActions } from "../../../src/tui/ui/footer.tsx";
import { helpRows } from "../../../src/tui/ui/help.tsx";
import { paletteEntries } from "../../../src/tui/ui/palette.tsx";
import type { TestScreen } from "./screen.ts";

/** A person who has never seen it finds everything: a few keys in the footer, all keys in the help, everything in the palette. */
export async function expectActionsToBeFound(screen: TestScreen): Promise<void> {
  const { session } = screen;
  const scopes = session.keys.active;
  for (const { title, actions } of scopes) {
    const keys = actions.flatMap((action) => action.keys);
    expect(new Set(keys).size, `keys of ${title}: ${keys.join(" ")}`).toBe(keys.length);
    for (const action of actions) {
      expect(action.keys, action.id).not.toEqual([]);
      expect(action.title, action.id).toMatch(/^\S+( \S+){0,2}$/);
      expect(action.help, action.id).toMatch(/^[A-Z].*[.)]$/s);
      expect(action.disabled ?? "a reason", action.id).toMatch(/\S/);
    }
  }
  const reached = reachableActions(scopes).filter(({ keys }) => keys.length > 0);
  expect(helpRows(scopes).map(({ title }) => title)).toEqual(reached.map(({ action }) => action.title));
  const offered = new Set(paletteEntries(session, scopes).map(({ id }) => id));
  const wanted = scopes.flatMap(({ actions }) => actions.map(({ id }) => id)).filter((id) => !id.startsWith("list."));
  expect(wanted.filter((id) => !offered.has(id))).toEqual([]);
  const [main] = footerActions(scopes);
  expect(screen.lines().at(-1)).toContain(main?.action.title);
  const keyOf = (id: string) => reached.find(({ action }) => action.id === id)?.keys[0];
  await expectToOpen(screen, keyOf("app.help"), "Keys that work here");
  await expectToOpen(screen, keyOf("app.palette"), "a few letters of it");
}

/** Also where one writes; a question has neither, as its few keys stand in the footer. */
async function expectToOpen(screen: TestScreen, key: string | undefined, text: string): Promise<void> {
  if (key === undefined) return;
  await screen.press(key);
  await screen.shows(text);
  await screen.press("esc");
  await screen.until(() => !screen.text().includes(text));
}
