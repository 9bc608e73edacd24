import { expect, test } from "vitest";
import { describeFarOff, type Figure, farOff, holds, tableOf, withBounds } from "../../bench/report.ts";

const speed: Figure = {
  measure: "csv append, 1000000 rows × 10: speed of the limit",
  ...{ unit: "×", figures: { min: 0.7, median: 0.87, max: 0.89 }, wanted: { at_least: 0.85 } },
};
const memory: Figure = {
  measure: "csv append, 1000000 rows × 10: resident memory",
  ...{ unit: "MB", figures: { min: 127, median: 128, max: 250 }, wanted: { at_most: 200 } },
};
const start: Figure = {
  measure: "--version",
  ...{ unit: "ms", figures: { min: 39.4, median: 242, max: 247 }, wanted: { at_most: 80 } },
};
const two: Figure = { measure: "two bare pipes", unit: "×", figures: { min: 1.04, median: 1.09, max: 1.47 } };

function withMedian(figure: Figure, median: number): Figure {
  return { ...figure, figures: { ...figure.figures, median } };
}

test("a figure holds where its median is what is wanted, whatever its extremes", () => {
  expect([speed, memory, two].map(holds)).toEqual([true, true, true]);
  expect([withMedian(speed, 0.85), withMedian(memory, 200)].map(holds)).toEqual([true, true]);
  expect([withMedian(speed, 0.849), withMedian(memory, 200.1), start].map(holds)).toEqual([false, false, false]);
});

test("only ratios and memory have a bound, which is half or twice what is usual", () => {
  expect(withBounds([speed, memory, start, two]).map(({ bound }) => bound)).toEqual([
    { at_least: 0.425 },
    { at_most: 400 },
    undefined,
    undefined,
  ]);
});

test("far off is what lies beyond its bound, and nothing without one", () => {
  const near = [withMedian(speed, 0.43), withMedian(memory, 400), start, two];
  expect(farOff(withBounds(near))).toEqual([]);
  const far = withBounds([withMedian(speed, 0.42), withMedian(memory, 401)]);
  expect(farOff([...far, ...withBounds(near)])).toEqual(far);
  expect(farOff([withMedian(speed, 0.1)])).toEqual([]);
  expect(far.map(describeFarOff)).toEqual([
    "csv append, 1000000 rows × 10: speed of the limit: 0.42, bound ≥ 0.42",
    "csv append, 1000000 rows × 10: resident memory: 401, bound ≤ 400",
  ]);
});

test("the table says beside each figure what is wanted and whether that holds", () => {
  expect(tableOf([speed, start, two])).toEqual([
    { measure: speed.measure, unit: "×", min: "0.70", median: "0.87", max: "0.89", wanted: "≥ 0.85", holds: "" },
    { measure: "--version", unit: "ms", min: "39", median: "242", max: "247", wanted: "≤ 80", holds: "no" },
    { measure: two.measure, unit: "×", min: "1.04", median: "1.09", max: "1.47", wanted: "", holds: "" },
  ]);
});

test("the light form's table says what is usual, the bound, and what is beyond it", () => {
  const [near, far] = tableOf(withBounds([withMedian(memory, 399), withMedian(memory, 401)]));
  expect(near).toMatchObject({ usual: "200", bound: "≤ 400", holds: "" });
  expect(far).toMatchObject({ usual: "200", bound: "≤ 400", holds: "no" });
});
