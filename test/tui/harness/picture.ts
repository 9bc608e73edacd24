import { join } from "node:path";
import { expect } from "vitest";
import type { TestScreen } from "./screen.ts";

export const SIZES = [
  [80, 24],
  [120, 40],
  [60, 15],
] as const;

/**
 * Holds what the screen shows to the text file `test/tui/pictures/<name>.txt`, which people read and review; after a
 * change on purpose `vitest -u` writes it anew.
 */
export async function expectPicture(screen: TestScreen, name: string): Promise<void> {
  // The footer follows a screen one drawing later.
  await screen.until(() => true);
  const { columns, rows } = screen.size();
  const lines = screen.lines().map(withoutChance);
  const path = join(import.meta.dirname, "../pictures", `${name}.txt`);
  await expect(`${columns}×${rows}\n${lines.join("\n")}\n`).toMatchFileSnapshot(path);
}

/** What no two runs have in common: the folder's name, and how long something took. */
function withoutChance(line: string): string {
  return line
    .replace(/sluice-workspace-\w{6}/g, "sluice-workspace-000000")
    .replace(/sluice-workspace-\w{1,6}…/g, (cut) => `sluice-workspace-${"0".repeat(cut.length - 18)}…`)
    .replace(/ \([\d.]+ m?s\)$/, "");
}

/** What holds for every screen at every size: nothing is pushed out, and how to go on stands at the bottom. */
export function expectSaneFrame(screen: TestScreen): void {
  const { rows } = screen.size();
  const lines = screen.lines();
  expect(lines).toHaveLength(rows);
  expect(lines[0], screen.text()).toMatch(/^sluice › /);
  expect(lines.at(-1), screen.text()).toMatch(/\? help|esc /);
}
