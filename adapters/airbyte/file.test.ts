import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { proveSource } from "./prove-source.ts";

const ROWS = 3000;

/** One file, read whole each time. */
test("airbyte-source-file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-source-file-"));
  const url = join(folder, "orders.csv");
  const lines = Array.from({ length: ROWS }, (_, id) => lineOf(id));
  const write = () => writeFile(url, `id,name,amount,day\n${lines.join("\n")}\n`);
  await write();
  await proveSource({
    options: {
      package: "airbyte-source-file==0.5.39",
      config: { dataset_name: "orders", format: "csv", url, provider: { storage: "local" } },
    },
    ...{ offers: { orders: "replace" }, whole: { orders: ROWS } },
    async moveOn() {
      lines.splice(-1, 1, lineOf(ROWS), lineOf(ROWS + 1));
      await write();
      return { orders: ROWS + 1 };
    },
  });
  await rm(folder, { recursive: true });
});

function lineOf(id: number): string {
  return `${id},"Name ${id}, with a comma",${id / 4},2026-01-${String((id % 28) + 1).padStart(2, "0")}`;
}
