import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceFixture } from "../../src/connector/conformance/open-fixture.ts";

const SOURCE = join(import.meta.dirname, "../harness/programs/airbyte-source.mjs");
const ROWS = 3000;

/** A source with a stream that it can read on, and one that it reads whole; both say with a state how far they are. */
export async function prepare(): Promise<ConformanceFixture> {
  const workspace = await mkdtemp(join(tmpdir(), "sluice-airbyte-"));
  const properties = { id: { type: "integer" }, at: { type: "string" }, tags: { type: "array" } };
  const rows = Array.from({ length: ROWS }, (_, id) => ({ id, at: String(id).padStart(5, "0"), tags: ["é", null] }));
  const tables = {
    orders: { keys: ["id"], cursor: "at", properties, rows },
    customers: { keys: ["id"], cursor: "at", properties, rows: rows.slice(0, 10) },
  };
  return {
    workspace,
    options: { command: process.execPath, args: [SOURCE], config: { tables } },
    close: () => rm(workspace, { recursive: true, force: true }),
  };
}
