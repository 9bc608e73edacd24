import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordBatch } from "../../../src/connector/define-connector.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { type ApiReader, apiReader, stored } from "./api-reader.ts";
import { type ListRecord, type ListRules, pagingOf, startListServer } from "./list-server.ts";

/** Times with many ties, so that pages end among records of one time. */
const time = fc.integer({ min: 0, max: 5 }).map((n) => `2026-01-01T00:00:0${n}Z`);

const rules = fc.record({
  order: fc.constantFrom("asc", "desc", "none"),
  inclusive: fc.boolean(),
  paging: fc.constantFrom("page", "after"),
  size: fc.integer({ min: 1, max: 4 }),
}) as fc.Arbitrary<ListRules>;

const plan = fc.record({
  rules,
  mode: fc.constantFrom("append", "merge"),
  requery: fc.boolean(),
  times: fc.array(time, { maxLength: 14 }),
  /** For each batch: go on, commit if that is allowed, or be killed. */
  fate: fc.array(fc.constantFrom("on", "on", "commit", "commit", "kill"), { maxLength: 25 }),
});

/** What the destination has: rows and cursor move together, and what was not committed is gone with a kill. */
class Sink {
  cursor: JsonValue | undefined;
  readonly #mode: string;
  #rows: unknown[] = [];
  #pending: Record<string, unknown>[] = [];

  constructor(mode: string) {
    this.#mode = mode;
  }

  take({ rows }: RecordBatch): void {
    this.#pending.push(...rows);
  }

  commit(cursor: JsonValue | undefined): void {
    const arrived = this.#pending.map((row) => row["id"]);
    this.#rows = this.#mode === "merge" ? [...new Set([...this.#rows, ...arrived])] : [...this.#rows, ...arrived];
    this.#pending = [];
    this.cursor = cursor === undefined ? this.cursor : stored(cursor);
  }

  kill(): void {
    this.#pending = [];
  }

  get ids(): unknown[] {
    return [...this.#rows].sort((a, b) => Number(a) - Number(b));
  }
}

test("however often a read is killed, each record arrives exactly once, and nothing comes again", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ rules, mode, requery, times, fate }) => {
      const records: ListRecord[] = times.map((at, id) => ({ id, at }));
      await using server = await startListServer(records, rules);
      const api = apiReader(optionsFor(server.url, rules, { mode, requery }));
      const sink = new Sink(mode);
      const fates = [...fate];
      for (let attempt = 0; fates.length > 0 && attempt < 20; attempt++) await readOnce(api, sink, fates);
      await readOnce(api, sink, []);
      expect(sink.ids).toEqual(records.map(({ id }) => id));
      const again = await api.readAll("things", sink.cursor);
      expect(again.rows).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("what is added between runs, at the cursor's own time too, arrives exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.array(time, { maxLength: 8 }), async ({ rules, mode, requery, times, fate }, later) => {
      const records: ListRecord[] = times.map((at, id) => ({ id, at }));
      await using server = await startListServer(records, rules);
      const api = apiReader(optionsFor(server.url, rules, { mode, requery }));
      const sink = new Sink(mode);
      await readOnce(api, sink, []);
      const newest =
        records
          .map(({ at }) => at)
          .sort()
          .at(-1) ?? "";
      const isNew = (at: string) => (rules.inclusive ? at >= newest : at > newest);
      for (const at of later.filter(isNew)) records.push({ id: records.length, at });
      const fates = [...fate];
      for (let attempt = 0; fates.length > 0 && attempt < 20; attempt++) await readOnce(api, sink, fates);
      await readOnce(api, sink, []);
      expect(sink.ids).toEqual(records.map(({ id }) => id).sort((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});

function optionsFor(base_url: string, rules: ListRules, { mode, requery }: { mode: string; requery: boolean }): object {
  const { order, inclusive } = rules;
  const cursor = { field: "at", param: "since", ordered: order, inclusive, requery: requery && order === "asc" };
  const things = { path: "/things", primary_key: ["id"], mode, paginate: pagingOf(rules), cursor };
  return { base_url, streams: { things } };
}

/** As the pipeline does it: the newest cursor counts at the next commit, and the end commits. */
async function readOnce(api: ApiReader, sink: Sink, fates: string[]): Promise<void> {
  let cursor: JsonValue | undefined;
  for await (const batch of api.read("things", sink.cursor)) {
    sink.take(batch);
    cursor = batch.cursor ?? cursor;
    const fate = fates.shift();
    if (fate === "kill") return sink.kill();
    if (fate !== "commit" || batch.cursor === undefined) continue;
    sink.commit(cursor);
    cursor = undefined;
  }
  sink.commit(cursor);
}
