import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import type { OfferedStream } from "../../../src/runner/offered-streams.ts";
import { applyChoices, type Choices, streamRows } from "../../../src/tui/screens/streams/stream-choices.ts";

function offered(name: string, more: Partial<OfferedStream> = {}): OfferedStream {
  return {
    ...{ name, description: null, selected: true, mode: "append", primary_key: [], cursor_field: null, ordered: false },
    ...{ table: name, estimated_rows: null, columns: null },
    proposed: { mode: "append", primary_key: [], cursor_field: null },
    ...more,
  };
}

/** What stands in config.json after the choices were saved. */
function saved(streams: readonly OfferedStream[], settings: JsonObject, choices: Choices) {
  const entry: JsonObject = { schema: { options: {}, streams: structuredClone(settings) } };
  applyChoices(entry, streamRows(streams, settings, choices), choices);
  return (entry.schema as JsonObject).streams;
}

describe("choices of streams", () => {
  test("name those that are loaded when some are not", () => {
    const choices = { a: { selected: false } };
    expect(saved([offered("a"), offered("b")], {}, choices)).toEqual({ b: { selected: true } });
  });

  test("say of each that it is not loaded when none is", () => {
    const choices = { a: { selected: false }, b: { selected: false } };
    expect(saved([offered("a"), offered("b")], {}, choices)).toEqual({
      a: { selected: false },
      b: { selected: false },
    });
  });

  test("name none when all that are offered are loaded, so that later ones are loaded too", () => {
    const settings = { a: { selected: true, table: "x" }, gone: { selected: true } };
    const choices = { b: { selected: true } };
    expect(saved([offered("a"), offered("b", { selected: false })], settings, choices)).toEqual({ a: { table: "x" } });
  });

  test("leave the selection alone when only a mode was chosen", () => {
    const settings = { b: { selected: false } };
    const rows = [offered("a"), offered("b", { selected: false })];
    expect(saved(rows, settings, { a: { mode: "merge" } })).toEqual({ a: { mode: "merge" }, b: { selected: false } });
  });

  test("write nothing down that the connector proposes anyway", () => {
    const proposed = { mode: "merge", primary_key: ["id"], cursor_field: "at" };
    const rows = [offered("a", { mode: "replace", proposed })];
    const choices = { a: { mode: "merge", primary_key: ["id"], cursor_field: "at" } } as const;
    expect(saved(rows, { a: { mode: "replace" } }, choices)).toBeUndefined();
  });

  test("show streams that only config.json knows, which can be taken out", () => {
    const settings = { gone: { selected: true, mode: "merge" } };
    const rows = streamRows([offered("a", { selected: false })], settings, {});
    expect(rows.map(({ name, isOffered, selected }) => [name, isOffered, selected])).toEqual([
      ["a", true, false],
      ["gone", false, true],
    ]);
    expect(
      saved([offered("a", { selected: false })], settings, { gone: { selected: false }, a: { selected: true } }),
    ).toEqual({ gone: { mode: "merge" } });
  });
});
