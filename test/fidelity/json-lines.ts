import fc from "fast-check";
import type { RowBatch, SlicedBatch } from "../../src/connector/define-connector.ts";
import { createNdjsonParser } from "../../src/connector/formats/ndjson-parser.ts";
import type { ReadStart } from "../../src/pipelines/load/plan.ts";
import { IS_LONG } from "./intensity.ts";

/** Of one load. In the long form rows meet columns that many others have shaped. */
export const RECORDS = IS_LONG ? { minLength: 700, maxLength: 1000 } : { minLength: 50, maxLength: 100 };

/** Lines of a file, parsed as such a file is, in batches of `size`; the cursor is the number of lines read. */
export function linesSource(lines: readonly string[], size: number) {
  return async function* read({ cursor }: Pick<ReadStart, "cursor">): AsyncGenerator<RowBatch | SlicedBatch> {
    const parser = createNdjsonParser({ name: "lines", place: Number(cursor ?? 0) });
    for (let at = Number(cursor ?? 0); at < lines.length; at += size) {
      const end = Math.min(lines.length, at + size);
      const {
        sliced,
        rows = [],
        rejects,
        places,
      } = parser.parse(
        Buffer.from(
          lines
            .slice(at, end)
            .map((line) => `${line}\n`)
            .join(""),
        ),
        at,
        true,
      );
      const positionOf = (index: number) => parser.positionOf(places[index] as number);
      const shared = { rejects, positionOf, cursor: String(end) };
      yield sliced === undefined ? { rows, ...shared } : { sliced, ...shared };
    }
  };
}

/** Records with an \`id\` and any values that JSON can write, under few keys, so that types meet in a column. */
export function recordLines(count: { minLength: number; maxLength: number }): fc.Arbitrary<string[]> {
  const member = fc.tuple(key(), jsonText());
  const members = fc.uniqueArray(member, { maxLength: 5, selector: ([name]) => name });
  return fc
    .array(members, count)
    .map((records) =>
      records.map(
        (fields, id) =>
          `{"id":${id + 1}${fields.map(([name, value]) => `,${JSON.stringify(name)}:${value}`).join("")}}`,
      ),
    );
}

function key(): fc.Arbitrary<string> {
  const common = fc.constantFrom("a", "b", "c", "A", "a b", "a_b", "aB");
  const odd = fc.constantFrom(
    ...[
      "",
      " ",
      "%",
      "ctid",
      "xmin",
      "select",
      "table",
      "_sluice_run_id",
      "constructor",
      "__proto__",
      "a__text",
      "1",
      "0",
      "ID",
    ],
    ...["ü".repeat(40), "k".repeat(200), `${"k".repeat(200)}2`, "🚀", "a".repeat(57), "a".repeat(63), "a".repeat(64)],
  );
  const any = fc.string({ unit: "binary", maxLength: 6 }).filter((name) => name !== "id" && isStorable(name));
  return fc.oneof({ weight: 20, arbitrary: common }, { weight: 3, arbitrary: odd }, { weight: 1, arbitrary: any });
}

function jsonText(): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      scalarText(),
      fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
      fc
        .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom("x", "y", ""), nestedKey()), tie("value")), {
          maxLength: 3,
          selector: ([name]) => name,
        })
        .map((members) => `{${members.map(([name, inner]) => `${JSON.stringify(name)}: ${inner}`).join(" , ")}}`),
    ),
  }));
  return value;
}

function nestedKey(): fc.Arbitrary<string> {
  return fc.string({ unit: "binary", maxLength: 3 });
}

function scalarText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }).map((text) => JSON.stringify(text)),
    fc.constantFrom("true", "false", "null", "null", "0", "-0", "7", "1.50", "1e2", "1E-7", "-1e400", "1e-400", "0.10"),
    fc.constantFrom(
      '"7"',
      '"1.5"',
      '"true"',
      '"null"',
      '""',
      '"\\\\N"',
      '"\\\\."',
      '"2026-01-02"',
      '"2026-01-02T03:04:05Z"',
    ),
    fc.constantFrom('"2026-01-02 03:04:05.25"', '"2026-01-02T03:04:05+02:00"', '"0001-01-01"', '"infinity"', '"NaN"'),
    fc.constantFrom(
      '"\\u0041"',
      '"\\ud83d\\ude80"',
      '"a\\u0000b"',
      '"\\ud800"',
      '"\\\\u0000"',
      '"[1]"',
      '"{}"',
      '"\\t\\n"',
    ),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][-+]?[0-9]{1,3})?$/),
  );
}

/** No NUL and no half of a surrogate pair, which Postgres cannot hold. */
export function isStorable(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\0") && value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([name, inner]) => isStorable(name) && isStorable(inner));
}
