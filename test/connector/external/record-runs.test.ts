import fc from "fast-check";
import { expect, test } from "vitest";
import { type Message, type RecordPlace, RecordRun, RecordRuns } from "../../../src/connector/external/record-runs.ts";

const SINGER: RecordPlace = { path: ["record"], ignored: "time_extracted" };
const AIRBYTE: RecordPlace = { path: ["record", "data"], ignored: "emitted_at" };

interface Taken {
  runs: RecordRun[];
  /** How many lines had to be parsed. */
  parsed: number;
}

/** As the reader of a program's output uses it. */
function taken(lines: readonly string[], place = SINGER): Taken {
  const records = new RecordRuns(place);
  const runs: RecordRun[] = [];
  let parsed = 0;
  const text = lines.join("\n");
  records.open(text);
  let start = 0;
  for (const line of lines) {
    const end = start + line.length;
    if (!records.read(start, end)) {
      parsed++;
      const message = JSON.parse(line) as Message;
      if (!records.join(line, message))
        runs.push(...records.take(), new RecordRun(message, { columns: [], values: [] }));
    }
    start = end + 1;
  }
  runs.push(...records.take());
  return { runs, parsed };
}

function recordsOf({ table }: RecordRun): Record<string, unknown>[] {
  const { columns, values, untyped } = table;
  const marks = [untyped].flat();
  return values.map((row) =>
    Object.fromEntries(
      columns.flatMap((name, at) => {
        if (row[at] === undefined) return [];
        const isText = marks[at] === true && row[at] !== null;
        return [[name, isText ? Number(row[at]) : row[at]]];
      }),
    ),
  );
}

/** As Python's json writes: a space behind each comma and colon. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}: ${spaced(inner)}`);
  return `{${members.join(", ")}}`;
}

const record = (id: number, more: object = {}) => ({ type: "RECORD", stream: "a", record: { id, name: "x" }, ...more });

test("records of one stream are one run, and only the first of them is parsed", () => {
  const lines = [1, 2, 3].map((id) => spaced(record(id, { time_extracted: `2026-01-01T00:00:0${id}Z` })));
  const { runs, parsed } = taken(lines);
  expect(parsed).toBe(1);
  expect(runs.map(recordsOf)).toEqual([[1, 2, 3].map((id) => ({ id, name: "x" }))]);
  expect(runs[0]?.message).toMatchObject({ type: "RECORD", stream: "a", record: null });
});

test("letters that are written as escapes, and what behind a record is written otherwise, change nothing", () => {
  const lines = [
    '{"type": "RECORD", "stream": "a", "record": {"name": "x"}}',
    '{"type": "RECORD", "stream": "a", "record": {"name": "\\u00e9 \\"\\\\"}, "time_extracted": "1"}',
    '{"type": "RECORD", "stream": "a", "record": {"name": "\\\\"} }',
    '{"type": "RECORD", "stream": "a", "record": {"name": "\\ud83d\\ude00"}}',
  ];
  const { runs, parsed } = taken(lines);
  expect(parsed).toBe(1);
  expect(runs.map(recordsOf)).toEqual([[{ name: "x" }, { name: 'é "\\' }, { name: "\\" }, { name: "😀" }]]);
});

test("a version that changes, in front of the time or behind it, begins another run", () => {
  const versions = [1, 1, 2, 2, undefined];
  const lines = versions.map((version, id) => JSON.stringify(record(id, { version, time_extracted: `${id}` })));
  const { runs } = taken(lines);
  expect(runs.map((run) => [run.message["version"], recordsOf(run).length])).toEqual([
    [1, 2],
    [2, 2],
    [undefined, 1],
  ]);
});

test("another message among the records stands where it stood", () => {
  const lines = [record(1), { type: "STATE", value: 1 }, record(2), record(3)].map((line) => JSON.stringify(line));
  expect(taken(lines).runs.map(({ message, table }) => [message["type"], table.values.length])).toEqual([
    ["RECORD", 1],
    ["STATE", 0],
    ["RECORD", 2],
  ]);
});

test("a record deeper inside of its message is found too", () => {
  const line = (id: number) =>
    JSON.stringify({ type: "RECORD", record: { stream: "a", namespace: null, data: { id }, emitted_at: 17 + id } });
  const { runs, parsed } = taken([line(1), line(2)], AIRBYTE);
  expect(parsed).toBe(1);
  expect(runs.map(recordsOf)).toEqual([[{ id: 1 }, { id: 2 }]]);
  expect(runs[0]?.message).toMatchObject({ record: { stream: "a", namespace: null, data: null } });
});

test.each([
  ['{"type": "RECORD", "stream": "a", "record": {"id": 2}, "record": {"id": 3}}', [{ stream: "a", ids: [1, 3] }]],
  [
    '{"type": "RECORD", "stream": "a", "record": {"id": 2}, "stream": "b"}',
    [
      { stream: "a", ids: [1] },
      { stream: "b", ids: [2] },
    ],
  ],
  [
    '{"type": "RECORD", "stream": "a", "record": {"id": 2}, "type": "OTHER"}',
    [
      { stream: "a", ids: [1] },
      { stream: "a", ids: [] },
    ],
  ],
])("what stands twice in a message counts as it does in JSON: %s", (line, wanted) => {
  const { runs } = taken(['{"type": "RECORD", "stream": "a", "record": {"id": 1}}', line]);
  expect(runs.map((run) => ({ stream: run.message["stream"], ids: recordsOf(run).map(({ id }) => id) }))).toEqual(
    wanted,
  );
});

test("a line that is no JSON is left to the parser", () => {
  const first = JSON.stringify(record(1));
  for (const broken of [`${first}}`, first.slice(0, -1), `${first.slice(0, -1)},}`, first.replace('"x"', '"x" y')])
    expect(() => taken([first, broken])).toThrow(SyntaxError);
});

const text = fc.oneof(fc.string(), fc.constantFrom("record", '"record":', "é", "\u0000", '"}', "\\"));
const value = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  text,
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer()),
);
const message = fc.record(
  {
    type: fc.constant("RECORD"),
    stream: fc.constantFrom("a", "b", 'c"record":'),
    record: fc.dictionary(fc.constantFrom("id", "name", "record", "é", '"'), value),
    version: fc.integer(),
    time_extracted: text,
  },
  { requiredKeys: ["type", "stream", "record"] },
);

test("whatever the messages, runs hold what parsing them gives", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), fc.constantFrom(spaced, JSON.stringify), (messages, write) => {
      const { runs } = taken(messages.map((it) => write(it)));
      for (const stream of ["a", "b", 'c"record":']) {
        const found = runs.filter((run) => run.message["stream"] === stream);
        const wanted = messages.filter((it) => it.stream === stream);
        expect(found.flatMap((run) => recordsOf(run).map((row) => [run.message["version"], row]))).toEqual(
          wanted.map((it) => [it.version, withoutMinusZero(it.record)]),
        );
      }
    }),
    { numRuns: 500 },
  );
});

/** JSON has none that is written so by everybody. */
function withoutMinusZero(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, it]) => [name, it === 0 ? 0 : it]));
}
