import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fitIdentifier,
  MAX_IDENTIFIER_BYTES,
  quoteIdentifier,
  quoteLiteral,
  quoteTable,
} from "../../../src/databases/postgres/identifiers.ts";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";

/** Any text that Postgres can hold: no NUL, no halves of surrogate pairs. */
const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((value) => !value.includes("\0"));

describe("quoting", () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test("a quoted name names what it was made from, whatever is in it", async () => {
    const name = text.filter((value) => value !== "" && Buffer.byteLength(value) <= MAX_IDENTIFIER_BYTES);
    await fc.assert(
      fc.asyncProperty(name, async (column) => {
        const { fields } = await database.client.query(`select 1 as ${quoteIdentifier(column)}`);
        expect(fields[0]?.name).toBe(column);
      }),
    );
  });

  test("a quoted literal is the text it was made from, whatever the server's setting", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.string({ unit: fc.constantFrom("'", "\\", '"', "a") })), async (value) => {
        for (const setting of ["on", "off"]) {
          await database.client.query(`set standard_conforming_strings = ${setting}`);
          const { rows } = await database.client.query(`select ${quoteLiteral(value)} as value`);
          expect(rows[0].value).toBe(value);
        }
      }),
    );
  });
});

test("a table is quoted with its schema", () => {
  expect(quoteTable("shop", 'odd "name"')).toBe('"shop"."odd ""name"""');
});

test("a NUL character is refused rather than cut off", () => {
  expect(() => quoteIdentifier("a\0b")).toThrow(RangeError);
  expect(() => quoteLiteral("a\0b")).toThrow(RangeError);
});

test("a fitted name has at most 63 bytes, keeps its suffix, and different names stay different", () => {
  const long = fc.string({ unit: "grapheme", maxLength: 120 });
  fc.assert(
    fc.property(long, long, (a, b) => {
      const [first, second] = [fitIdentifier(a, "__text"), fitIdentifier(b, "__text")];
      expect(Buffer.byteLength(first)).toBeLessThanOrEqual(MAX_IDENTIFIER_BYTES);
      expect(first.endsWith("__text")).toBe(true);
      expect(first === second).toBe(a === b);
    }),
  );
});

test("a name that fits is left as it is", () => {
  expect(fitIdentifier("orders")).toBe("orders");
  expect(fitIdentifier("x".repeat(63))).toBe("x".repeat(63));
  expect(fitIdentifier("x".repeat(64))).toMatch(/^x{54}_[0-9a-f]{8}$/);
});
