import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { airbyteSource, type ProgramSource, tapSource } from "./sources/program-sources.ts";

/** Enough that a program dies in some of its first rounds. */
const ROUND = { rows: 10_000 };
const NAMES = ["orders", "customers"];

const SELECTED = {
  tap: NAMES.map((name) => ({
    tap_stream_id: name,
    metadata: [{ breadcrumb: [], metadata: { selected: true, "replication-method": "FULL_TABLE" } }],
  })),
  airbyte: NAMES.map((name) => ({ stream: { name }, sync_mode: "full_refresh" })),
};

/** How much each of a few rounds' program has said before it ended: less than everything where it has died. */
async function saidBy(opening: Promise<ProgramSource>, kind: keyof typeof SELECTED): Promise<number[]> {
  await using source = await opening;
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-catalog-"));
  const catalog = join(folder, "catalog.json");
  await writeFile(catalog, JSON.stringify({ streams: SELECTED[kind] }));
  const lengths: number[] = [];
  for (let number = 0; number < 3; number++) {
    await source.writeRound("replace", { number, ...ROUND });
    const { command, args, env } = source.program;
    lengths.push(await lengthOf(command, [...args, "read", "--catalog", catalog], env));
  }
  await rm(folder, { recursive: true });
  return lengths;
}

function lengthOf(command: string, args: string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (_error, stdout) => resolve(stdout.split("\n").length));
  });
}

test.each([
  { what: "Singer tap", open: tapSource, kind: "tap" },
  { what: "source for Airbyte", open: airbyteSource, kind: "airbyte" },
] as const)("a $what dies at the same rows whenever the seed is the same", async ({ open, kind }) => {
  const first = await saidBy(open(1), kind);
  expect(await saidBy(open(1), kind)).toEqual(first);
  expect(await saidBy(open(2), kind)).not.toEqual(first);
});
