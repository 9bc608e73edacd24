import { expect, test } from "vitest";
import { z } from "zod";
import { schemaProblems } from "../../src/core/schema-problems.ts";

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const header = z.union([z.boolean(), z.array(z.string())]);
const ways = z.union([z.literal("append"), z.strictObject({ mode: z.enum(["merge", "replace"]), key: z.string() })]);
const schema = z.strictObject({ path: texts, header: header.optional(), way: ways.optional() });

test.for([
  [{ path: 5 }, "path: must be a text or a list, not a number."],
  [{ path: null }, "path: must be a text or a list, not null."],
  [{}, "path: is missing (a text or a list)."],
  [{ path: "" }, "path: must not be empty."],
  [{ path: ["a", 5] }, "path[1]: must be a text, not a number."],
  [{ path: "a", header: "yes" }, "header: must be true or false or a list, not a text."],
  [{ path: "a", way: "apend" }, 'way: must be append or an object, not "apend".'],
  [
    { path: "a", way: { mode: "merg", key: "id" } },
    'way.mode: must be one of merge, replace, not "merg". Did you mean',
  ],
  [{ path: "a", way: { mode: "merge", kee: "id" } }, 'way.kee: is not a known key. Did you mean "key"?'],
] as const)("where one of several kinds is wanted, %j is told what would do", ([value, expected]) => {
  const told = schemaProblems(schema, value).map(({ path, message }) => `${path}: ${message}`);
  expect(told.join("\n")).toContain(expected);
});

test("a message that a schema has of its own stays", () => {
  const own = z.strictObject({
    stream: z.union([z.string(), z.array(z.string())], "must be a text or a list of texts"),
  });
  expect(schemaProblems(own, { stream: 5 })).toEqual([
    { path: "stream", message: "must be a text or a list of texts." },
  ]);
});
