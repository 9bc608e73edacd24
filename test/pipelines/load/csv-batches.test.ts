import fc from "fast-check";
import { expect, test } from "vitest";
import type { SlicedBatch, TableBatch } from "../../../src/connector/define-connector.ts";
import { createCsvParser } from "../../../src/connector/formats/csv-parser.ts";
import { asRowBatch } from "../../../src/connector/sliced-batch.ts";
import { encodeAll, type LoadRules } from "./encode-all.ts";

type Row = (string | null)[];

const COLUMNS = ["a", "b", "C c"];
const HEAD = { columns: COLUMNS, bytes: 0, lines: 0 };

function parserOf(delimiter: string, quote = '"') {
  const dialect = { format: "csv", delimiter, newline: "\n", header: false } as const;
  return createCsvParser({ name: "t", place: 0 }, HEAD, { dialect, settings: { quote } });
}

/** The rows as a file's reader has them from the parser, in blocks of `size`. */
function parsed(rows: readonly Row[], size: number, style: Style): SlicedBatch[] {
  const { delimiter, quote } = style;
  const parser = parserOf(delimiter, quote);
  const batches: SlicedBatch[] = [];
  for (let at = 0; at < rows.length; at += size) {
    const block = rows.slice(at, at + size).map((row) => row.map((text) => written(text, style)).join(delimiter));
    const { sliced } = parser.parse(Buffer.from(`${block.join("\n")}\n`), 0, false);
    if (sliced !== undefined) batches.push({ sliced });
  }
  return batches;
}

interface Style {
  delimiter: string;
  quote: string;
  /** Also what need not be. */
  isQuoted: boolean;
}

function written(text: string | null, { delimiter, quote, isQuoted }: Style): string {
  if (text === null) return "";
  const needsQuotes = isQuoted || text === "" || [delimiter, quote, "\r", "\n"].some((mark) => text.includes(mark));
  return needsQuotes ? quote + text.replaceAll(quote, quote + quote) + quote : text;
}

const text = fc.oneof(
  fc.constantFrom(null, null, "", "true", "false", "truex", "7", "-0", "007", "1.50", "-0.0", "1e5", '{"a":1}', "[]"),
  fc.constantFrom("9223372036854775807", "9223372036854775808", "2026-01-02", "2026-01-02T03:04:05Z", "2026-02-30"),
  fc.constantFrom(
    "a\\b",
    "\\N",
    "\\u0000",
    "\\.",
    "a\tb",
    "a\nb\r\nc",
    "\r",
    'say "hi"',
    "\0",
    "\u{1f600}\u20ac\u00e9\u00a7",
  ),
  fc.constantFrom(
    "x".repeat(200),
    "2026-01-02 03:04:05",
    "2026-01-02T03:04:05.123+02:00",
    " 7",
    "7 ",
    ",;",
    "\u00a7\u00a6",
    "\\\\'\\",
    '""',
  ),
  fc.integer().map(String),
  fc.string({ unit: "grapheme", maxLength: 5 }),
);
const row = fc.tuple(text, text, text);
const style = fc.record({
  quote: fc.constantFrom('"', "'", "\\", "\u00a7"),
  delimiter: fc.constantFrom(",", ";", "\t", "\u00a6"),
  isQuoted: fc.boolean(),
});
const declared = fc.dictionary(
  fc.constantFrom(...COLUMNS),
  fc.constantFrom(
    "integer",
    "real",
    "jsonb",
    "json",
    "varchar(3)",
    "char(1)",
    "numeric(4,2)",
    "time",
    "text",
    "numeric",
  ),
);
const rules = fc.record<LoadRules>({
  nul: fc.constantFrom("reject", "replace"),
  drift: fc.constantFrom("evolve", "warn"),
  declared,
});

test("rows read from CSV become the columns, lines and rejects that the same rows as texts become", () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 10 }),
      style,
      rules,
      (rows, size, how, keeping) => {
        const table: TableBatch = { columns: COLUMNS, values: rows, untyped: true };
        expect(encodeAll(parsed(rows, size, how), keeping)).toEqual(encodeAll([table], keeping));
      },
    ),
    { numRuns: 2000 },
  );
});

test("texts that stand as a column takes them are passed on as bytes, others in every form that COPY has for them", () => {
  const rows: Row[] = [
    ["1", "true", "x"],
    ["-9223372036854775808", "false", "a\\b\tc\nd\re"],
    ["2", null, "\\N"],
    [null, "true", ""],
  ];
  const { lines, columns } = encodeAll(parsed(rows, 4, { delimiter: ",", quote: '"', isQuoted: false }));
  expect(columns.map(({ type }) => type)).toEqual(["bigint", "boolean", "text"]);
  expect(lines.replace(/^.{36}\t/gm, "")).toBe(
    "1\ttrue\tx\n-9223372036854775808\tfalse\ta\\\\b\\tc\\nd\\re\n2\t\\N\t\\\\N\n\\N\ttrue\t\n",
  );
});

test("rows keep their bytes until they are given back, and their memory serves others then", () => {
  const parser = parserOf(",");
  const parse = (lines: string) => parser.parse(Buffer.from(lines), 0, false).sliced as SlicedBatch["sliced"];
  parse("first,1,\n").release();
  const [kept, given] = [parse('"kept",2,\n\u00e9,"""",\n'), parse("given,3,\n")];
  given.release();
  const next = parse("next,,\n");
  expect(next.bytes).toBe(given.bytes);
  expect(asRowBatch({ sliced: kept })).toMatchObject({
    values: [
      ["kept", "2", null],
      ["\u00e9", '"', null],
    ],
  });
  expect(asRowBatch({ sliced: next })).toMatchObject({ values: [["next", null, null]], untyped: true });
});
