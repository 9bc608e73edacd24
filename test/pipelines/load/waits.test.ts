import { expect, test } from "vitest";
import { Waits } from "../../../src/pipelines/load/waits.ts";

const MB = 1024 * 1024;

function waitsAt(start: number) {
  const time = { now: start };
  const waits = new Waits({ now: () => time.now, sleep: async () => {} });
  const pass = (ms: number) => {
    time.now += ms;
  };
  return { waits, pass };
}

test("the side that most time has gone to is told, from one report to the next", () => {
  const { waits, pass } = waitsAt(1000);
  pass(30);
  waits.given();
  pass(20);
  waits.taken();
  expect(waits.takeLongest()).toBe("source");
  pass(5);
  waits.given();
  pass(20);
  waits.taken();
  expect(waits.takeLongest()).toBe("destination");
  expect(waits.takeLongest()).toBe("destination");
});

test("a source that waits for what it has lent waits for the destination", () => {
  const { waits, pass } = waitsAt(0);
  let returned = 0;
  const release = () => {
    returned += 1;
  };
  const half = { copy: Buffer.alloc(MB / 2), count: 1, release };
  const lent = [waits.lend(half), waits.lend(half)];
  pass(10);
  waits.given();
  expect(waits.takeLongest()).toBe("destination");
  for (const batch of lent) batch.release?.();
  expect(returned).toBe(2);
  pass(10);
  waits.given();
  expect(waits.takeLongest()).toBe("source");
});
