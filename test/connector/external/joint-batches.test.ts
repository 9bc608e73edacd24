import { expect, test } from "vitest";
import { JointBatches } from "../../../src/connector/external/joint-batches.ts";

const MB = 1024 * 1024;
const table = (...values: unknown[][]) => ({ columns: ["id", "text"], values });

test("large rows go out before there are many of them, and say about how large they were", () => {
  const batches = new JointBatches();
  batches.table("a", table([1, "x"]), 3 * MB);
  expect(batches.take()).toEqual([]);
  batches.table("a", table([2, "y"], [3, "z"]), 3 * MB);
  expect(batches.take()).toEqual([
    { kind: "rows", stream: "a", batch: { ...table([1, "x"], [2, "y"], [3, "z"]), bytes: 6 * MB } },
  ]);
});

test("large rows of streams that wait go out before they are too much together", () => {
  const batches = new JointBatches(undefined, { waits: true });
  batches.table("a", table([1, "x"]), 10 * MB);
  batches.row("b", { id: 1 });
  expect(batches.take()).toEqual([]);
  batches.table("c", table([1, "x"]), 10 * MB);
  expect(batches.take().map((part) => "stream" in part && part.stream)).toEqual(["a", "b", "c"]);
});

test("records and tables of a stream stay in order, without the fields that are left out", () => {
  const batches = new JointBatches(() => (field) => field === "text");
  batches.row("a", { id: 1 });
  batches.table("a", table([2, "y"]));
  batches.row("a", { id: 3 });
  batches.end();
  expect(batches.take()).toEqual([
    { kind: "rows", stream: "a", batch: { rows: [{ id: 1 }] } },
    { kind: "rows", stream: "a", batch: { columns: ["id"], values: [[2]] } },
    { kind: "rows", stream: "a", batch: { rows: [{ id: 3 }] } },
  ]);
});
