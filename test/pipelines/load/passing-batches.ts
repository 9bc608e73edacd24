import { setImmediate as turn } from "node:timers/promises";
import { getHeapSpaceStatistics } from "node:v8";
import { batchesOf } from "../../../src/pipelines/load/batch-source.ts";

/** Passes many batches on and prints by how many bytes the old generation has grown at most, and how many came by. */
const BATCHES = 2000;
const ROWS = 200;

async function* source() {
  const text = JSON.stringify(Array.from({ length: ROWS }, (_, id) => ({ id, name: "Ada Lovelace", amount: id / 8 })));
  for (let batch = 0; batch < BATCHES; batch++) {
    await turn();
    yield { rows: JSON.parse(text) };
  }
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")?.space_used_size ?? 0;
}

const before = oldBytes();
let most = 0;
let rows = 0;
for await (const batch of batchesOf(source(), new AbortController().signal)) {
  await turn();
  rows += batch.rows.length;
  most = Math.max(most, oldBytes() - before);
}
process.stdout.write(JSON.stringify({ rows, most }));
