import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PASSING = join(import.meta.dirname, "passing-batches.ts");
/** Of 40 MB that come by; a closure for each batch made it 22. */
const MOST_BYTES = 8 * 1024 * 1024;

test("batches that have been passed on are gone with the next collection of the young generation", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--max-semi-space-size=16", PASSING]);
  const { rows, most } = JSON.parse(stdout);
  expect(rows).toBe(400_000);
  expect(most).toBeLessThan(MOST_BYTES);
});
