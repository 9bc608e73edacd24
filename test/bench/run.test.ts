import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type Figure, farOff } from "../../bench/report.ts";

const RUN = join(import.meta.dirname, "../../bench/run.ts");

test("--json prints one document with the machine, the settings and every figure, and exits by the bounds", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  try {
    const small = ["--light", "--suite", "files", "--scale", "0.001", "--pairs", "1"];
    const { code, stdout, stderr } = await bench([...small, "--json", "--folder", folder]);
    const { machine, settings, figures } = JSON.parse(stdout);
    expect(machine).toMatchObject({ node: process.version, cores: expect.any(Number), postgres: expect.any(String) });
    expect(settings).toEqual({ light: true, by: "cpu_ms", pairs: 1, scale: 0.001 });
    expect(figures.map(({ suite, measure, unit }: Named) => [suite, measure, unit])).toEqual([
      ["files", "csv append, 1000 rows × 10: processor time, limit ÷ load", "×"],
      ["files", "csv append, 1000 rows × 10: resident memory", "MB"],
      ["files", "ndjson append, 1000 rows × 10: processor time, limit ÷ load", "×"],
      ["files", "ndjson append, 1000 rows × 10: resident memory", "MB"],
    ]);
    for (const { figures: spread, bound } of figures) {
      expect(spread).toEqual({ min: expect.any(Number), median: expect.any(Number), max: expect.any(Number) });
      expect(spread.median).toBeGreaterThan(0);
      expect(bound).toBeDefined();
    }
    const far = farOff(figures as Figure[]);
    expect(code).toBe(far.length === 0 ? 0 : 1);
    for (const { measure } of far) expect(stderr).toContain(`far off: ${measure}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

type Named = Figure & { suite: string };

async function bench(args: readonly string[]) {
  const child = spawn(process.execPath, [RUN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { stdout, stderr, code };
}
