import { expect, test } from "vitest";
import { cursorMoves, cursorValueText } from "../../src/runs/cursor-moves.ts";

test("only the places of a cursor that have moved are told", () => {
  const first = { version: 1, files: { "a b.csv": { rows: 4, hash: "x" }, "c.csv": { rows: 1 } } };
  const second = { version: 1, files: { "a b.csv": { rows: 6, hash: "x" }, "c.csv": { rows: 1, done: true } } };
  expect(cursorMoves([{ stream: "items", first, second }])).toEqual([
    { stream: "items", place: 'files["a b.csv"].rows', first: 4, second: 6 },
    { stream: "items", place: 'files["c.csv"].done', first: null, second: true },
  ]);
});

test("a cursor that is new, or of another kind, is told as a whole", () => {
  const second = { at: 5 };
  expect(cursorMoves([{ stream: "items", first: null, second }])).toEqual([
    { stream: "items", place: "", first: null, second },
  ]);
  expect(cursorValueText(null)).toBe("none");
  expect(cursorValueText("x".repeat(500))).toHaveLength(80);
});
