import { expect, test } from "vitest";
import { parseCursor } from "../../src/core/cursor-argument.ts";

const open = { before: undefined, as: undefined };

test.each([
  ["2026-11-20", open, "2026-11-20"],
  ["007", open, "007"],
  ["1042", open, 1042],
  ["true", open, true],
  ['{"value":7}', open, { value: 7 }],
  ['"1042"', open, "1042"],
  ["1042", { before: "1041", as: undefined }, "1042"],
  ["1042", { before: 1041, as: undefined }, 1042],
  ['{"value":7}', { before: "1041", as: undefined }, { value: 7 }],
  ["9007199254740993", { before: "9007199254740992", as: undefined }, "9007199254740993"],
  ["1042", { before: 1041, as: "string" as const }, "1042"],
  ['{"value":7}', { before: undefined, as: "string" as const }, '{"value":7}'],
  ["1042", { before: "1041", as: "json" as const }, 1042],
])("takes %j after %j as %j", (text, form, cursor) => {
  expect(parseCursor(text, form)).toEqual(cursor);
});

test.each([
  ['{"value":', open, "not valid JSON"],
  ["2026-11-20", { before: undefined, as: "json" as const }, "not valid JSON"],
  ["9007199254740993", open, "--string"],
  ['{"value":9007199254740993}', open, "--string"],
])("refuses %j after %j", (text, form, message) => {
  expect(() => parseCursor(text, form)).toThrow(message);
});
