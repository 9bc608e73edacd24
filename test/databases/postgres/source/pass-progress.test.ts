import fc from "fast-check";
import { expect, test } from "vitest";
import { evenPages, remainingRanges, withRange } from "../../../../src/databases/postgres/source/pass-progress.ts";
import {
  cursorValue,
  type PageRange,
  type Pass,
  parseCursor,
} from "../../../../src/databases/postgres/source/stream-cursor.ts";

const BY = ["updated_at", "id"];
const UPPER = ["2026-01-01", "7"];
const parts = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 })
  .map((pages) => pages.map((count, index) => ({ id: 100 + index, node: `n${index}`, pages: count })));

/** Pages of the parts, and of each part one that stands for whatever comes behind its end. */
function pagesOf(ranges: readonly PageRange[], all: readonly { id: number; pages: number }[]): string[] {
  return ranges.flatMap(({ part, from, to }) => {
    const end = to ?? (all.find(({ id }) => id === part)?.pages ?? 0) + 1;
    return Array.from({ length: Math.max(0, end - from) }, (_, at) => `${part}:${from + at}`);
  });
}

test("ranges that end in any order, and reads that are taken up anywhere with ranges of another size, read every page once", () => {
  fc.assert(
    fc.property(
      parts,
      fc.array(fc.record({ pages: fc.integer({ min: 1, max: 15 }), ended: fc.array(fc.nat(), { maxLength: 12 }) }), {
        maxLength: 4,
      }),
      (all, runs) => {
        const plan = { parts: all, by: BY, upper: UPPER };
        const read: PageRange[] = [];
        let pass: Pass | undefined;
        let at: string[] | undefined;
        const end = (range: PageRange) => {
          read.push(range);
          // As it is stored and read back.
          const cursor = parseCursor(
            JSON.parse(JSON.stringify(cursorValue(withRange(plan, pass, range)))),
            "the stream",
          );
          pass = cursor.pass;
          const ends = new Set((pass?.ahead ?? []).map(({ part, to }) => `${part}:${to}`));
          expect(pass?.ahead?.some(({ part, from: start }) => ends.has(`${part}:${start}`)) ?? false).toBe(false);
          at = cursor.at;
        };
        for (const { pages, ended } of [...runs, { pages: 10, ended: undefined }]) {
          if (at !== undefined) break;
          const open = [...remainingRanges(plan, pass, pages)].map(([, range]) => range);
          expect(pagesOf([...read, ...open], all).sort()).toEqual(pagesOf(wholeOf(all), all).sort());
          for (const pick of ended ?? open.map(() => 0)) {
            const [range] = open.splice(pick % Math.max(1, open.length), 1);
            if (range !== undefined) end(range);
          }
        }
        expect(at).toEqual(UPPER);
        expect(pagesOf(read, all).sort()).toEqual(pagesOf(wholeOf(all), all).sort());
      },
    ),
  );
});

function wholeOf(all: readonly { id: number; node: string }[]): PageRange[] {
  return all.map(({ id, node }) => ({ part: id, node, from: 0 }));
}

test("a partition that is gone meanwhile is passed over", () => {
  const plan = { by: [], upper: undefined, parts: [{ id: 3, node: "c", pages: 4 }] };
  const pass = { part: 2, node: "b", page: 7, ahead: [{ part: 2, node: "b", from: 9 }] };
  expect([...remainingRanges(plan, pass, 100)].map(([, range]) => range)).toEqual([{ part: 3, node: "c", from: 0 }]);
  expect(withRange(plan, pass, { part: 3, node: "c", from: 0 })).toEqual({ by: [], at: [] });
});

test.each([
  { all: 17_700, most: 8192, readers: 1, ranges: 3 },
  { all: 17_700, most: 8192, readers: 2, ranges: 4 },
  { all: 16_384, most: 8192, readers: 2, ranges: 2 },
  { all: 8193, most: 8192, readers: 4, ranges: 4 },
  { all: 5, most: 1, readers: 4, ranges: 5 },
])(
  "$all pages in ranges of at most $most, for $readers readers, are $ranges of a size",
  ({ all, most, readers, ranges }) => {
    const pages = evenPages(all, most, readers);
    expect(pages).toBeLessThanOrEqual(most);
    expect(Math.ceil(all / pages)).toBe(ranges);
  },
);
