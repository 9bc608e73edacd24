import stringWidth from "string-width";
import { expect, test } from "vitest";
import { isSingleColumns } from "../../../src/tui/terminal/single-columns.ts";

test("what is said to take one column does so by the rules, alone and beside its like", () => {
  const all = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter(isSingleColumns);
  expect(all.length).toBeGreaterThan(1_000);
  expect(all.filter((character) => stringWidth(character) !== 1)).toEqual([]);
  expect(stringWidth(all.join(""))).toBe(all.length);
});

test("what may take none, two, or join with its neighbour is left to the rules", () => {
  for (const text of ["日本", "é".normalize("NFD"), "👍", "↔\ufe0f", "\u00ad", "\u200b", "a\tb", "\u001b[1m", "⌚"])
    expect(isSingleColumns(text), JSON.stringify(text)).toBe(false);
});
