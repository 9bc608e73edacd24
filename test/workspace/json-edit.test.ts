import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonValue } from "../../src/core/json.ts";
import { editJsonText } from "../../src/workspace/json-edit.ts";

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

test("whatever is changed into whatever, the text says exactly that afterwards", () => {
  fc.assert(
    fc.property(json, json, fc.constantFrom(undefined, 2, "\t"), (before, after, indent) => {
      const edited = editJsonText(JSON.stringify(before, null, indent), after);
      expect(JSON.parse(edited)).toEqual(after);
    }),
    { numRuns: 1000 },
  );
});

test("a change of one value leaves every other byte of a file in its usual form", () => {
  const entries = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), json, { minKeys: 1, maxKeys: 6 });
  fc.assert(
    fc.property(entries, fc.nat(), fc.constantFrom(2, 4, "\t"), (before, pick, indent) => {
      const key = Object.keys(before)[pick % Object.keys(before).length] as string;
      const after = { ...before, [key]: "changed" };
      const text = `${JSON.stringify(before, null, indent)}\n`;
      expect(editJsonText(text, after)).toBe(`${JSON.stringify(after, null, indent)}\n`);
    }),
  );
});

test("adding to a list and an object follows the form that is there", () => {
  const text = '{\n\t"list": [1, 2.0],\n\t"inner": {\n\t\t"a": 1\n\t}\n}\n';
  const edited = editJsonText(text, { list: [1, 2, 3], inner: { a: 1, b: { c: [] } }, more: true });
  expect(edited).toBe(
    '{\n\t"list": [1, 2.0, 3],\n\t"inner": {\n\t\t"a": 1,\n\t\t"b": {\n\t\t\t"c": []\n\t\t}\n\t},\n\t"more": true\n}\n',
  );
});

test("taking an element out takes its comma and nothing else", () => {
  const text = '[\n  {"a":1 },\n  {"a":2},\n  {"a" :3}\n]';
  expect(editJsonText(text, [{ a: 1 }, { a: 3 }])).toBe('[\n  {"a":1 },\n  {"a" :3}\n]');
  expect(editJsonText(text, [{ a: 2 }, { a: 3 }])).toBe('[\n  {"a":2},\n  {"a" :3}\n]');
  expect(editJsonText(text, [])).toBe("[]");
});

test("Windows line ends stay", () => {
  const text = '{\r\n  "a": {\r\n    "b": 1\r\n  }\r\n}\r\n';
  const edited = editJsonText(text, { a: { b: 1 }, c: { d: 1 } });
  expect(edited).toBe('{\r\n  "a": {\r\n    "b": 1\r\n  },\r\n  "c": {\r\n    "d": 1\r\n  }\r\n}\r\n');
});

test("the last of two equal keys is the one that counts and the one that changes", () => {
  expect(JSON.parse(editJsonText('{"a":1,"a":2}', { a: 3 }))).toEqual({ a: 3 });
});
