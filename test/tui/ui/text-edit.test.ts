import { describe, expect, test } from "vitest";
import { editText, insertText, newEdit, type TextEdit } from "../../../src/tui/ui/text-edit.ts";
import { visiblePart } from "../../../src/tui/ui/text-field.tsx";
import { textWidth } from "../../../src/tui/ui/text-width.ts";

/** The text after these keys, with `|` where the cursor is. */
function after(start: string, ...keys: string[]): string {
  const { text, cursor } = keys.reduce<TextEdit>(
    (edit, key) => editText(edit, { key, text: key.length === 1 ? key : "" }) ?? edit,
    newEdit(start),
  );
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

describe("a line of text", () => {
  test.each([
    ["ab", ["left", "x"], "ax|b"],
    ["one two", ["ctrl+w"], "one |"],
    ["one two", ["alt+b", "alt+b", "alt+d"], "| two"],
    ["one two", ["ctrl+u", "ctrl+y"], "one two|"],
    ["one two", ["home", "ctrl+k"], "|"],
    ["a👩‍👩‍👧", ["backspace"], "a|"],
    ["a👩‍👩‍👧b", ["left", "left", "delete"], "a|b"],
    ["ab", ["home", "left", "backspace"], "|ab"],
    ["ab", ["right", "delete"], "ab|"],
  ])("%j after %j is %j", (start, keys, wanted) => {
    expect(after(start, ...keys)).toBe(wanted);
  });

  test("leaves keys alone that mean nothing to it", () => {
    for (const key of ["up", "down", "enter", "esc", "tab"])
      expect(editText(newEdit("a"), { key, text: "" })).toBeUndefined();
  });

  test("takes a paste of ten thousand characters, and makes one line of it", () => {
    const { text, cursor } = insertText(newEdit("<>"), `${"x".repeat(9_999)}\n`);
    expect([text.length, cursor]).toEqual([10_001, 10_001]);
    expect(insertText(newEdit(), "a\n  b\nc\n").text).toBe("a b c");
  });

  test("always shows its cursor and never more than there is room for", () => {
    for (const cursor of [0, 1, 4_999, 9_999, 10_000]) {
      const { head, at, tail } = visiblePart({ text: "漢字".repeat(5_000), cursor }, 20);
      expect(textWidth(head) + Math.max(1, textWidth(at)) + textWidth(tail)).toBeLessThanOrEqual(20);
    }
    expect(visiblePart({ text: "abc", cursor: 3 }, 10)).toEqual({ head: "abc", at: "", tail: "" });
  });
});
