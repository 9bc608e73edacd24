import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCount } from "../../src/core/count-text.ts";
import { didYouMean, nearest } from "../../src/core/did-you-mean.ts";
import { NAME_PATTERN, UUID_PATTERN, uuidv7 } from "../../src/core/ids.ts";
import { canonicalJson, type JsonValue } from "../../src/core/json.ts";
import { compactTimestamp, formatDuration, systemClock } from "../../src/core/time.ts";

test("a typing slip finds the word that was meant, another word finds none", () => {
  const names = ["orders", "customers", "team_board"];
  expect(nearest("odrers", names)).toBe("orders");
  expect(nearest("Customer", names)).toBe("customers");
  expect(nearest("flights", names)).toBeUndefined();
  expect(didYouMean("ordres", names)).toBe(' Did you mean "orders"?');
});

test("counts are grouped, and one thing is not several", () => {
  expect([0, 1, 1234567].map((count) => formatCount(count, "row"))).toEqual(["0 rows", "1 row", "1,234,567 rows"]);
  expect(formatCount(1000)).toBe("1,000");
});

test("ids sort by the time they were made", () => {
  const early = uuidv7(1_000_000_000_000);
  const late = uuidv7(1_000_000_000_001);
  expect(early < late).toBe(true);
  expect(early).toMatch(UUID_PATTERN);
});

test("names of connections are lower case words without double underscores", () => {
  for (const good of ["a", "team_board", "a1_"]) expect(good).toMatch(NAME_PATTERN);
  for (const bad of ["", "A", "1a", "a__b", "a-b", "a".repeat(64)]) expect(bad).not.toMatch(NAME_PATTERN);
});

test("equal values have one canonical text, different ones have not", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const shuffled = reversed(value as JsonValue);
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value as JsonValue));
    }),
  );
  expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson({ a: "1" }));
});

test("timestamps in file names and durations read well", () => {
  expect(compactTimestamp(Date.UTC(2026, 10, 20, 10, 0, 0, 123))).toBe("20261120T100000123Z");
  expect([820, 4200, 200_000, 7_500_000].map(formatDuration)).toEqual(["820 ms", "4.2 s", "3 min 20 s", "2 h 5 min"]);
});

test("a sleep ends early when its signal aborts", async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort(new Error("enough"));
  await expect(sleeping).rejects.toThrow("enough");
});

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}
