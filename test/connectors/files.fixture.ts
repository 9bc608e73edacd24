import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { ConformanceFixture } from "../../src/connector/conformance/open-fixture.ts";

/** Enough for several batches of each format. */
const ROWS = 12_000;

/** One stream of each format, one of them of two packed files. */
export async function prepare(): Promise<ConformanceFixture> {
  const workspace = await mkdtemp(join(tmpdir(), "sluice-conformance-"));
  const records = Array.from({ length: ROWS }, (_, id) => ({
    id,
    name: `Row ${id}`,
    big: "9007199254740993",
    tags: ["é", null],
  }));
  const lines = records.map((record) => JSON.stringify(record).replace('"9007199254740993"', "9007199254740993"));
  const csv = (from: number) =>
    `id;note\n${Array.from({ length: ROWS }, (_, i) => `${from + i};"a ""${i}""\n"`).join("\n")}\n`;
  await writeFile(join(workspace, "lines.ndjson"), `${lines.join("\n")}\n`);
  await writeFile(join(workspace, "list.json"), `{"items":[${lines.join(",\n")}]}`);
  await writeFile(join(workspace, "table-1.csv.gz"), gzipSync(csv(0)));
  await writeFile(join(workspace, "table-2.csv"), csv(ROWS));
  return {
    workspace,
    options: { path: ["lines.ndjson", "list.json", "table-*.csv*"] },
    close: () => rm(workspace, { recursive: true }),
  };
}
