import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fieldProblem, fieldText, fieldValue, formFields, withValue } from "../../../src/tui/ui/form-fields.ts";

const schema = z.strictObject({
  path: z.union([z.string(), z.array(z.string())]).describe("Where."),
  format: z.enum(["csv", "json"]).optional(),
  rate: z.strictObject({ requests: z.number(), per_s: z.number().default(1) }).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  ids: z.array(z.int()).optional(),
  picky: z
    .string()
    .refine((text) => {
      if (text === "boom") throw new Error("no luck");
      return true;
    })
    .optional(),
});

function field(key: string) {
  const found = formFields(schema, { prefix: ["options"] }).find(({ label }) => label === key);
  if (found === undefined) throw new Error(`there is no field ${key}`);
  return found;
}

describe("the fields of a schema", () => {
  test("are its keys in order, with those of objects in it", () => {
    const fields = formFields(schema, { prefix: ["options"] });
    expect(fields.map(({ label }) => label)).toEqual([
      ...["path", "format", "rate.requests", "rate.per_s", "headers", "ids", "picky"],
    ]);
    expect(fields[2]).toMatchObject({ key: "options.rate.requests", path: ["options", "rate", "requests"] });
  });

  test("are needed only where the object that they are in is needed", () => {
    expect(field("path").isRequired).toBe(true);
    expect(field("rate.requests").isRequired).toBe(false);
  });

  test("are JSON where a line cannot show them", () => {
    const raw = formFields(schema).filter(({ isRaw }) => isRaw);
    expect(raw.map(({ label }) => label)).toEqual(["headers"]);
  });

  test("offer choices, and none of them where that is allowed", () => {
    expect(field("format").choices).toEqual(["", "csv", "json"]);
  });

  test("take a text, a list or JSON, whichever the schema takes", () => {
    expect(fieldValue(field("path"), "a.csv")).toBe("a.csv");
    expect(fieldValue(field("ids"), "1, 2")).toEqual([1, 2]);
    expect(fieldValue(field("rate.requests"), "2.5")).toBe(2.5);
    expect(fieldValue(field("path"), "")).toBeUndefined();
  });

  test("write a value so that it reads back as the same", () => {
    for (const value of [["a"], ["a", "b"], ["a,b", "c"]]) {
      expect(fieldValue({ ...field("path"), schema: z.array(z.string()) }, fieldText(value))).toEqual(value);
    }
  });

  test("say what is wrong in words for people, also when a rule of the connector throws", () => {
    expect(fieldProblem(field("rate.requests"), "many")).toBe("must be a number, not a text.");
    expect(fieldProblem(field("picky"), "fine")).toBeUndefined();
    expect(fieldProblem(field("picky"), "boom")).toContain("the connector's own rule failed (no luck)");
  });
});

describe("a value at a path", () => {
  test("is put in without changing the object that was given", () => {
    const before = { a: { b: 1 }, c: 2 };
    expect(withValue(before, ["a", "d"], 3)).toEqual({ a: { b: 1, d: 3 }, c: 2 });
    expect(before).toEqual({ a: { b: 1 }, c: 2 });
  });

  test("is taken out together with the objects that are empty without it", () => {
    expect(withValue({ a: { b: { c: 1 } }, d: 2 }, ["a", "b", "c"], undefined)).toEqual({ d: 2 });
  });
});
