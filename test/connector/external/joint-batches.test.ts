import { expect, test } from "vitest";
import type { JointPart, Row } from "../../../src/connector/define-connector.ts";
import { JointBatches } from "../../../src/connector/external/joint-batches.ts";
import { createSlicer, rowsOf } from "./slices-of.ts";

const MB = 1024 * 1024;

/** The rows of parts, and how large they say they are. */
function shown(parts: readonly JointPart[]): { stream: string; rows: readonly Row[]; bytes: number | undefined }[] {
  return parts.flatMap((part) => {
    if (part.kind !== "rows" || "values" in part.batch) return [];
    return [{ stream: part.stream, rows: rowsOf(part.batch), bytes: part.batch.bytes }];
  });
}

test("large rows go out before there are many of them, and say about how large they were", () => {
  const [batches, sliced] = [new JointBatches(), createSlicer()];
  const rows = [1, 2, 3].map((id) => ({ id, text: "x" }));
  batches.slices("a", sliced(rows.slice(0, 1)), 3 * MB);
  expect(batches.take()).toEqual([]);
  batches.slices("a", sliced(rows.slice(1)), 3 * MB);
  expect(shown(batches.take())).toEqual([{ stream: "a", rows, bytes: 6 * MB }]);
});

test("large rows of streams that wait go out before they are too much together", () => {
  const [batches, sliced] = [new JointBatches(undefined, { waits: true }), createSlicer()];
  batches.slices("a", sliced([{ id: 1 }]), 10 * MB);
  batches.row("b", { id: 1 });
  expect(batches.take()).toEqual([]);
  batches.slices("c", sliced([{ id: 1 }]), 10 * MB);
  expect(shown(batches.take()).map(({ stream }) => stream)).toEqual(["a", "b", "c"]);
});

test("rows of a stream stay in order in whatever form they come, without the fields that are left out", () => {
  const [batches, sliced] = [new JointBatches(() => (field) => field === "text"), createSlicer()];
  batches.row("a", { id: 1 });
  batches.slices("a", sliced([2, 3, 4].map((id) => ({ id, text: "y" }))));
  batches.row("a", { id: 5 });
  batches.end();
  expect(shown(batches.take())).toEqual([
    { stream: "a", rows: [{ id: 1 }], bytes: undefined },
    { stream: "a", rows: [{ id: 2 }, { id: 3 }, { id: 4 }], bytes: undefined },
    { stream: "a", rows: [{ id: 5 }], bytes: undefined },
  ]);
});

test("a column that its first value decides about keeps its schema's type where no value has come", () => {
  const schema = { properties: { a: {}, b: {}, c: {} } };
  const columnsAfter = (...rows: Row[]) => {
    const [batches, sliced] = [new JointBatches(), createSlicer()];
    batches.schema("s", schema);
    batches.slices("s", sliced(rows));
    batches.end();
    const last = batches.take().at(-1);
    return last?.kind === "columns" ? last.columns.map(({ name }) => name) : [];
  };
  expect(columnsAfter({ a: null, b: null }, { a: null, b: null })).toEqual(["a", "b", "c"]);
  expect(columnsAfter({ a: 1, b: null }, { a: null, b: [1] })).toEqual(["c"]);
  expect(columnsAfter({ b: null }, { b: "x" }, { a: null })).toEqual(["a", "c"]);
});
