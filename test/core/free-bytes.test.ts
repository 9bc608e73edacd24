import { expect, test } from "vitest";
import { freeBytes } from "../../src/core/free-bytes.ts";

test("memory goes back at once, once, and only where nobody else has a part in it", () => {
  const own = Buffer.allocUnsafeSlow(1024);
  freeBytes(own);
  expect(own.buffer).toMatchObject({ byteLength: 0, detached: true });
  expect(() => freeBytes(own)).not.toThrow();

  const whole = Buffer.alloc(1024, 7);
  const part = whole.subarray(0, 512);
  freeBytes(part);
  expect([whole.length, part[0]]).toEqual([1024, 7]);
});
