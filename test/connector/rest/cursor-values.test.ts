import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeFormat } from "../../../src/connector/rest/cursor-format.ts";
import { type CursorValue, compareBy, cursorValueOf } from "../../../src/connector/rest/cursor-value.ts";
import { instantOf } from "../../../src/connector/rest/instant.ts";

describe("values are compared as what they are", () => {
  const ascending: [string, CursorValue, CursorValue][] = [
    ["numbers", 9, 10],
    ["long numbers", "9007199254740993", "9007199254740995"],
    ["numbers written as text", "9", "10"],
    ["a number and its text", 9, "10"],
    ["times", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"],
    ["times with offsets", "2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z"],
    ["times as Jira writes them", "2026-01-01T01:00:00.000+0200", "2026-01-01T00:00:00.000+0000"],
    ["times beyond milliseconds", "2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.12346Z"],
    ["dates", "2026-01-02", "2026-01-10"],
    ["a time in seconds and one as text", 1_767_225_600, "2026-01-01T00:00:01Z"],
    ["other texts", "a10", "a9"],
  ];

  test.each(ascending)("%s", (_, a, b) => {
    const compare = compareBy("auto");
    expect(compare(a, b)).toBeLessThan(0);
    expect(compare(b, a)).toBeGreaterThan(0);
    expect(compare(a, a)).toBe(0);
  });

  test("by the option: text 9 comes after text 10, and what is no time is refused", () => {
    expect(compareBy("text")("9", "10")).toBeGreaterThan(0);
    expect(compareBy("number")("9", "10")).toBeLessThan(0);
    expect(() => compareBy("time")("soon", "later")).toThrow(/cursor\.compare/);
  });

  test("in the order of the times they stand for, whatever their offsets", () => {
    const instant = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(instant, instant, fc.integer({ min: -14, max: 14 }), (a, b, hours) => {
        const shifted = new Date(b.getTime() + hours * 3_600_000).toISOString().slice(0, -1);
        const offset = `${hours < 0 ? "-" : "+"}${String(Math.abs(hours)).padStart(2, "0")}:00`;
        const order = compareBy("auto")(a.toISOString(), `${shifted}${offset}`);
        expect(Math.sign(order)).toBe(Math.sign(a.getTime() - b.getTime()));
      }),
    );
  });
});

test("a field gives a cursor if it is a text or a number, with all its digits", () => {
  const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON("9007199254740993");
  expect([raw, 5, "x", 7n].map(cursorValueOf)).toEqual(["9007199254740993", 5, "x", "7"]);
  expect([null, undefined, "", true, {}, Number.NaN].map(cursorValueOf)).toEqual(Array(6).fill(undefined));
});

test("times are written rounded down to what the form can say", () => {
  const ms = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const written = ["iso", "iso_s", "iso_date", "epoch_s", "epoch_ms", "yyyyMMdd", "yyyy-MM-dd HH:mm"].map((format) =>
    timeFormat(format).write(ms),
  );
  expect(written).toEqual([
    "2026-01-02T03:04:05.678Z",
    "2026-01-02T03:04:05Z",
    "2026-01-02",
    1767323045,
    1767323045678,
    "20260102",
    "2026-01-02 03:04",
  ]);
  expect(timeFormat("yyyy-MM-dd HH:mm").grain_ms).toBe(60_000);
});

test("what is no time is not taken for one", () => {
  expect(["", "soon", "2026-13-01", "2026-01-01T99:00:00Z", "12"].map((it) => instantOf(it))).toEqual(
    Array(5).fill(undefined),
  );
});
