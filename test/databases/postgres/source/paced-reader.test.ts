import { expect, test, vi } from "vitest";
import { PacedReader } from "../../../../src/databases/postgres/source/paced-reader.ts";

const MEGABYTE = Buffer.alloc(1024 * 1024);

test("a reader rests while much of what it has lent is out, and goes on when some of it is back", async () => {
  const release = vi.fn();
  const source = async function* () {
    for (let at = 0; at < 5; at++) yield { copy: MEGABYTE, count: 1, release };
  };
  const reader = new PacedReader(source());
  const lent = [await reader.next(), await reader.next(), await reader.next()];
  let hasCome = false;
  const fourth = reader.next().then((result) => {
    hasCome = true;
    return result;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasCome).toBe(false);
  const [first] = lent;
  if (first?.value !== undefined && "release" in first.value) first.value.release?.();
  expect((await fourth).done).toBe(false);
  expect(release).toHaveBeenCalledTimes(1);
});

test("a reader whose rows are kept by whoever gets them never rests", async () => {
  const source = async function* () {
    for (let at = 0; at < 20; at++) yield { copy: MEGABYTE, count: 1 };
  };
  const reader = new PacedReader(source());
  let count = 0;
  while ((await reader.next()).done !== true) count += 1;
  expect(count).toBe(20);
});
