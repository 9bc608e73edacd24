import { expect, test } from "vitest";
import type { Program, ProgramContext } from "../../../src/connector/external/program-context.ts";
import { programRecords } from "../../../src/connector/external/program-messages.ts";
import { RecordRun } from "../../../src/connector/external/record-runs.ts";
import { rowsOf } from "./slices-of.ts";
import { SINGER } from "./taken-runs.ts";

const ctx: ProgramContext = {
  ...{ connection: "tap", workspace: process.cwd(), signal: new AbortController().signal },
  ...{ log: () => {}, defer: () => {} },
};

/** The records of a program that prints these bytes. */
async function recordsOf(output: Buffer): Promise<unknown[]> {
  const script = `process.stdout.write(Buffer.from("${output.toString("hex")}", "hex"))`;
  const program: Program = {
    ...{ name: "node", command: process.execPath, args: ["-e", script], env: process.env, silence_ms: 60_000 },
  };
  const records: unknown[] = [];
  for await (const group of programRecords(ctx, program, [], SINGER))
    for (const given of group)
      records.push(...(given instanceof RecordRun ? rowsOf({ sliced: given.rows }) : [given["record"]]));
  return records;
}

const line = (record: string) => `{"type": "RECORD", "stream": "a", "record": ${record}}`;

test("bytes that are not UTF-8 become the character that stands for them", async () => {
  const lines = [line('{"a": "x"}'), line('{"a": "\xe9"}'), line('{"a": "y"}')].join("\n");
  expect(await recordsOf(Buffer.from(lines, "latin1"))).toEqual([{ a: "x" }, { a: "\ufffd" }, { a: "y" }]);
});

test("lines may end as they do on Windows, and the last one not at all", async () => {
  const lines = [1, 2, 3].map((id) => line(`{"id":\t${id}, "text": "é"}`)).join("\r\n");
  expect(await recordsOf(Buffer.from(lines))).toEqual([1, 2, 3].map((id) => ({ id, text: "é" })));
});

test("records of more fields than are worth knowing come one by one, and keep their order", async () => {
  const wide = (id: number) =>
    line(JSON.stringify(Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`f${n}`, id]))));
  const lines = [line('{"id": 1}'), wide(2), line('{"id": 3}'), wide(4), line('{"id": 5}')].join("\n");
  const found = (await recordsOf(Buffer.from(lines))) as Record<string, number>[];
  expect(found.map((record) => record["id"] ?? record["f200"])).toEqual([1, 2, 3, 4, 5]);
});
