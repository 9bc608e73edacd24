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

/** A part of a picture: the lines under their title, without blank ones at the end. */
export function pictureOf(title: string, lines: readonly string[]): string {
  const last = lines.findLastIndex((line) => line.trim() !== "");
  const shown = lines.slice(0, last + 1).map((line) => withoutChance(line).trimEnd());
  return `── ${title} ${"─".repeat(60 - title.length)}\n${shown.join("\n")}\n`;
}

/** What no two runs have in common: names of folders and databases, ports, versions, and how long something took. */
const CHANCE: readonly (readonly [RegExp, string | ((found: string, ...parts: string[]) => string)])[] = [
  [/sluice-workspace-\w{6}/g, "sluice-workspace-000000"],
  [/sluice-workspace-\w{1,6}…/g, (cut) => `sluice-workspace-${"0".repeat(cut.length - 18)}…`],
  [/every_screen_[0-9a-f]{8}/g, "every_screen_00000000"],
  [/(?<=127\.0\.0\.1(:| port ))\d+/g, (port) => "0".repeat(port.length)],
  [/(?<=^[✓✗] [a-z][a-z ]*?) +[\d.]+ m?s(?= +\S)/g, (took) => " ".repeat(took.length)],
  [/\bv\d{2}\.\d+\.\d+/g, "v24.0.0"],
  [/(?<=Postgres )\d+\.\d+/g, "18.0"],
  [/(?<=Postgres [\d.]+, )[\d.]+ MB/g, "8.0 MB"],
  [/[\d.]+ GiB free/g, "50.0 GiB free"],
];

function withoutChance(line: string): string {
  return CHANCE.reduce((text, [found, replacement]) => text.replace(found, replacement as string), line);
}

/** What holds for every screen at every size: nothing is pushed out, and how to go on stands at the bottom. */
export function expectSaneFrame(screen: TestScreen): void {
  const { rows } = screen.size();
  const lines = screen.lines();
  expect(lines).toHaveLength(rows);
  expect(lines[0], screen.text()).toMatch(/^sluice › /);
  expect(lines.at(-1), screen.text()).toMatch(/\S help|esc /);
}
