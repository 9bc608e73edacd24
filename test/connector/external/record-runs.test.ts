import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import { type Message, type RecordPlace, RecordRun } from "../../../src/connector/external/record-runs.ts";
import { parseJson } from "../../../src/connector/formats/exact-numbers.ts";
import { rowsOf } from "./slices-of.ts";
import { SINGER, takenRuns } from "./taken-runs.ts";

const AIRBYTE: RecordPlace = { path: ["record", "data"], named: ["stream", "namespace"], ignored: "emitted_at" };

/** Records that came together, or another message. */
interface Given {
  message: Message;
  records: readonly Row[];
}

function taken(lines: readonly string[], place = SINGER, atOnce = lines.length): { given: Given[]; parsed: number } {
  const { given, parsed } = takenRuns(lines, place, atOnce);
  return { given: given.map(givenOf), parsed };
}

function givenOf(given: Message | RecordRun): Given {
  if (!(given instanceof RecordRun)) return { message: given, records: [] };
  return { message: given.message, records: rowsOf({ sliced: given.rows }) };
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
  const { given, parsed } = taken(lines);
  expect(parsed).toBe(1);
  expect(given.map(({ records }) => records)).toEqual([[1, 2, 3].map((id) => ({ id, name: "x" }))]);
  expect(given[0]?.message).toMatchObject({ type: "RECORD", stream: "a", record: null });
});

test("letters that are written as escapes, and what behind a record is written otherwise, change nothing", () => {
  const lines = [
    '{"type": "RECORD", "stream": "a", "record": {"name": "x"}}',
    '{"type": "RECORD", "stream": "a", "record": {"name": "\\u00e9 \\"\\\\"}, "time_extracted": "1"}',
    '{"type": "RECORD", "stream": "a", "record": {"name": "\\\\"} }',
    '{"type": "RECORD", "stream": "a", "record": {"name": "\\ud83d\\ude00"}}',
  ];
  const { given, parsed } = taken(lines);
  expect(parsed).toBe(1);
  expect(given.map(({ records }) => records)).toEqual([
    [{ name: "x" }, { name: 'é "\\' }, { name: "\\" }, { name: "😀" }],
  ]);
});

test("a version that changes, in front of the time or behind it, begins another run", () => {
  const versions = [1, 1, 2, 2, undefined];
  const lines = versions.map((version, id) => JSON.stringify(record(id, { version, time_extracted: `${id}` })));
  const { given } = taken(lines);
  expect(given.map(({ message, records }) => [message["version"], records.length])).toEqual([
    [1, 2],
    [2, 2],
    [undefined, 1],
  ]);
});

test("another message among the records stands where it stood", () => {
  const lines = [record(1), { type: "STATE", value: 1 }, record(2), record(3)].map((line) => JSON.stringify(line));
  expect(taken(lines).given.map(({ message, records }) => [message["type"], records.length])).toEqual([
    ["RECORD", 1],
    ["STATE", 0],
    ["RECORD", 2],
  ]);
});

test("records of a stream keep their order however their messages begin, and streams do not part each other's runs", () => {
  const line = (stream: string, time: number) =>
    JSON.stringify({ type: "RECORD", time_extracted: time, stream, record: { at: time } });
  const lines = [line("a", 1), line("b", 1), line("a", 2), line("a", 1), line("b", 1), line("b", 2)];
  const shown = taken(lines).given.map(({ message, records }) => [message["stream"], ...records.map(({ at }) => at)]);
  expect(shown.filter(([stream]) => stream === "a")).toEqual([
    ["a", 1],
    ["a", 2],
    ["a", 1],
  ]);
  expect(shown.filter(([stream]) => stream === "b")).toEqual([
    ["b", 1, 1],
    ["b", 2],
  ]);
});

test("a record deeper inside of its message is found too", () => {
  const line = (id: number) =>
    JSON.stringify({ type: "RECORD", record: { stream: "a", namespace: null, data: { id }, emitted_at: 17 + id } });
  const { given, parsed } = taken([line(1), line(2)], AIRBYTE);
  expect(parsed).toBe(1);
  expect(given.map(({ records }) => records)).toEqual([[{ id: 1 }, { id: 2 }]]);
  expect(given[0]?.message).toMatchObject({ record: { stream: "a", namespace: null, data: null } });
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
  const { given } = taken(['{"type": "RECORD", "stream": "a", "record": {"id": 1}}', line]);
  expect(
    given.map(({ message, records }) => ({ stream: message["stream"], ids: records.map(({ id }) => id) })),
  ).toEqual(wanted);
});

test("a line that is no JSON is left to the parser", () => {
  const first = JSON.stringify(record(1));
  for (const broken of [`${first}}`, first.slice(0, -1), `${first.slice(0, -1)},}`, first.replace('"x"', '"x" y')])
    expect(() => taken([first, broken])).toThrow(SyntaxError);
});

/** Values as they stand in JSON: some in ways that nobody's `stringify` writes. */
const string = fc.oneof(fc.string(), fc.constantFrom("record", '"record":', "é", "\u{1f600}", "\0", '"}', "\\"));
const token = fc.oneof(
  fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), string).map((it) => JSON.stringify(it)),
  fc.constantFrom("9007199254740993", "-0", "1.50", "0.1000000000000000055", "1e400", "-12345678901234567890.5", "1E2"),
  fc.constantFrom("true", "false", "null", '"\\u00e9\\ud83d\\ude00\\/"', '"\\ud800"', '"time_extracted"', "[ ]"),
  fc.constantFrom('{"id": {"id": [1, 9007199254740993]}}', '[{"record": "}"}, "]"]', '{"time_extracted": "x"}'),
);
const NAMES = ['"id"', '"name"', '"record"', '"é"', '"\\""', '"time_extracted"', '"1"', '"__proto__"'];
/** Names in any order, and twice. */
const members = fc.array(fc.tuple(fc.constantFrom(...NAMES), token), { maxLength: 6 });
interface RecordMessage {
  stream: string;
  record: [string, string][];
  /** Members before and behind the record. */
  before: string[];
  behind: string[];
  /** What stands between its members. */
  comma: string;
}
const recordMessage: fc.Arbitrary<RecordMessage> = fc.record({
  stream: fc.constantFrom("a", "b", 'c"record":'),
  record: members,
  comma: fc.constantFrom(",", ", "),
  before: fc.subarray(['"version":3', '"time_extracted":3', '"time_extracted":4']),
  behind: fc.subarray(['"version":1', '"version":2', '"time_extracted":"1"', '"time_extracted":"2"', '"x":{"y":[1]}']),
});
const OTHERS = ['{"type": "STATE", "value": 1}', '{"type": "RECORD", "stream": "a", "record": 1}'] as const;
const anyMessage = fc.oneof(
  { arbitrary: recordMessage, weight: 9 },
  { arbitrary: fc.constantFrom(...OTHERS), weight: 1 },
);

/** The message as it is printed. */
function lineOf(given: string | RecordMessage): string {
  if (typeof given === "string") return given;
  const { stream, record, before, behind, comma } = given;
  const object = (all: readonly (readonly string[])[]) =>
    `{${all.map((it) => it.join(comma === "," ? ":" : ": ")).join(comma)}}`;
  const named = [
    ['"type"', '"RECORD"'],
    ['"stream"', JSON.stringify(stream)],
    ...before.map((it) => [it]),
    ['"record"', object(record)],
  ];
  return object([...named, ...behind.map((it) => [it])]);
}

test("whatever the messages, runs hold what parsing them gives, in its order", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (messages, atOnce) => {
      const lines = messages.map(lineOf);
      const given = taken(lines, SINGER, atOnce).given.flatMap(({ message, records }) =>
        records.length === 0 ? [message] : records.map((record) => ({ ...message, record })),
      );
      const wanted = lines.map((text) => parseJson(text) as Message);
      for (const stream of ["a", "b", 'c"record":']) expect(shownOf(stream, given)).toEqual(shownOf(stream, wanted));
    }),
    { numRuns: 2000 },
  );
});

/** Messages of a stream, among all that are no records, as text: numbers with all of their digits. */
function shownOf(stream: string, messages: readonly Message[]): string[] {
  return messages
    .filter((message) => typeof message["record"] !== "object" || message["stream"] === stream)
    .map(({ time_extracted: _, ...rest }) => JSON.stringify(sorted({ ...rest, record: sorted(rest["record"] ?? {}) })));
}

function sorted(members: unknown): [string, unknown][] {
  return Object.entries(members as object).sort(([a], [b]) => (a < b ? -1 : 1));
}
