import { expect, test } from "vitest";
import type { RowBatch } from "../../../src/connector/define-connector.ts";
import { joinBatches } from "../../../src/connector/file-source/join-batches.ts";
import { asRowBatch } from "../../../src/connector/sliced-batch.ts";

async function* given(...batches: RowBatch[]): AsyncGenerator<RowBatch> {
  yield* batches;
}

async function joinedOf(batches: AsyncIterable<RowBatch>, maxBytes: number): Promise<RowBatch[]> {
  const found: RowBatch[] = [];
  for await (const batch of joinBatches(batches, maxBytes)) found.push(asRowBatch(batch));
  return found;
}

function table(name: string, values: string[][], more: Partial<RowBatch> = {}): RowBatch {
  const positionOf = (index: number) => `${name}:${index + 1}`;
  return { columns: ["a"], values, untyped: true, bytes: 10, cursor: name, positionOf, ...more } as RowBatch;
}

test("small batches become one, with the cursor of the last and every row's own position", async () => {
  const parts = [table("one", [["1"], ["2"]]), table("none", []), table("two", [["3"]])];
  const [batch, ...others] = await joinedOf(given(...parts), 100);
  expect(others).toEqual([]);
  expect(batch).toMatchObject({
    columns: ["a"],
    values: [["1"], ["2"], ["3"]],
    untyped: true,
    bytes: 30,
    cursor: "two",
  });
  expect([0, 1, 2].map((index) => batch?.positionOf?.(index))).toEqual(["one:1", "one:2", "two:1"]);
});

test("rejects of all parts are kept, also of those without rows", async () => {
  const reject = (position: string, before: number) => ({ position, reason: "bad", before });
  const parts = [
    table("one", [], { rejects: [reject("a", 0)] }),
    table("two", [["1"], ["2"]], { rejects: [reject("b", 1)] }),
    table("three", [["3"]], { rejects: [reject("c", 1)] }),
  ];
  const rejects = [reject("a", 0), reject("b", 1), reject("c", 3)];
  expect(await joinedOf(given(...parts), 100)).toMatchObject([{ rejects, cursor: "three" }]);
});

test("a batch begins where the bytes, the columns or the form of the rows change", async () => {
  const records = { rows: [{ a: 1 }], bytes: 10, cursor: "records" };
  const parts = [table("one", [["1"]]), table("two", [["2"]]), table("three", [["3"]]), records, records];
  const wider = { ...table("wide", [["4", "5"]]), columns: ["a", "b"] } as RowBatch;
  const cursors = (await joinedOf(given(...parts, wider), 25)).map(({ cursor }) => cursor);
  expect(cursors).toEqual(["two", "three", "records", "wide"]);
});

test("what was read before an error is given out before it", async () => {
  async function* failing(): AsyncGenerator<RowBatch> {
    yield* [table("one", [["1"]]), table("two", [["2"]])];
    throw new Error("gone");
  }
  const seen: unknown[] = [];
  const reading = async () => {
    for await (const { cursor } of joinBatches(failing(), 100)) seen.push(cursor);
  };
  await expect(reading()).rejects.toThrow("gone");
  expect(seen).toEqual(["two"]);
});
