import type { Part } from "./describe-table.ts";
import type { PageRange, Pass, StreamCursor } from "./stream-cursor.ts";

/** What a first read goes through, and what its cursor is called at the end. */
export interface PassPlan {
  /** In the order in which they are read. */
  parts: readonly Pick<Part, "id" | "node" | "pages">[];
  by: readonly string[];
  upper: readonly string[] | undefined;
}

/** The first page that has not been read; undefined when all have been. */
interface Place {
  part: number;
  node: string;
  page: number;
}

/** How many of all pages are a range: as many ranges for each reader, all of a size, lest one goes on alone at the end. */
export function evenPages(all: number, most: number, readers: number): number {
  const rounds = Math.ceil(all / most / readers);
  return Math.ceil(all / (rounds * readers));
}

/** Ranges of at most so many pages that make up what has not been read, in order. */
export function* remainingRanges<P extends PassPlan["parts"][number]>(
  { parts }: { parts: readonly P[] },
  pass: Pass | undefined,
  pages: number,
): Generator<[P, PageRange]> {
  const ahead = pass?.ahead ?? [];
  const start = placeOf(parts, pass);
  if (start === undefined) return;
  for (const part of parts.filter(({ id }) => id >= start.part)) {
    const own = ahead.filter((range) => range.part === part.id);
    for (const range of gaps(part, part.id === start.part ? start.page : 0, own, pages)) yield [part, range];
  }
}

function* gaps(
  { id, node, pages: all }: PassPlan["parts"][number],
  start: number,
  ahead: readonly PageRange[],
  pages: number,
): Generator<PageRange> {
  let from: number | undefined = start;
  while (from !== undefined) {
    const at: number = from;
    const read = ahead.find((range) => range.from === at);
    const following = Math.min(...ahead.map((range) => range.from).filter((page) => page > at));
    const isLast = following === Number.POSITIVE_INFINITY && at + pages >= all;
    const to = isLast ? undefined : Math.min(at + pages, following);
    if (read === undefined) yield { part: id, node, from: at, ...(to === undefined ? {} : { to }) };
    from = read === undefined ? to : read.to;
  }
}

/** Where a first read stands once `range` has been read too. */
export function withRange(plan: PassPlan, pass: Pass | undefined, range: PageRange): StreamCursor {
  const { parts, upper } = plan;
  const by = [...plan.by];
  let place = placeOf(parts, pass);
  let ahead = [...(pass?.ahead ?? []), range].filter(({ part }) => parts.some(({ id }) => id === part));
  for (;;) {
    const here = place;
    const next = ahead.find(({ part, from }) => part === here?.part && from === here.page);
    if (here === undefined || next === undefined) break;
    ahead = ahead.filter((other) => other !== next);
    place = next.to === undefined ? startOf(parts.find(({ id }) => id > here.part)) : { ...here, page: next.to };
  }
  if (place === undefined) return { by, at: [...(upper ?? [])] };
  const bound = upper === undefined ? {} : { upper: [...upper] };
  return { by, pass: { ...place, ...bound, ...(ahead.length === 0 ? {} : { ahead: joined(ahead) }) } };
}

/** Of a part that is gone, the one after it. */
function placeOf(parts: PassPlan["parts"], pass: Pass | undefined): Place | undefined {
  if (pass === undefined) return startOf(parts[0]);
  const { part, node, page } = pass;
  if (parts.some(({ id }) => id === part)) return { part, node, page };
  return startOf(parts.find(({ id }) => id > part));
}

function startOf(part: PassPlan["parts"][number] | undefined): Place | undefined {
  return part === undefined ? undefined : { part: part.id, node: part.node, page: 0 };
}

/** In order, and those that follow each other as one. */
function joined(ranges: readonly PageRange[]): PageRange[] {
  const all: PageRange[] = [];
  for (const range of ranges.toSorted((one, other) => one.part - other.part || one.from - other.from)) {
    const last = all.at(-1);
    if (last !== undefined && last.part === range.part && last.to === range.from) {
      all[all.length - 1] = { ...range, from: last.from };
    } else all.push(range);
  }
  return all;
}
