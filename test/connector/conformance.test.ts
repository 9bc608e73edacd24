import { describe, expect, it } from "vitest";
import { conformanceChecks } from "../../src/connector/conformance/conformance-checks.ts";
import { type Connector, defineConnector, type ReadContext, type RowBatch, z } from "../../src/connector/index.ts";

type Read = (ctx: ReadContext<unknown, unknown>) => AsyncIterable<RowBatch>;

/** Counts to 100 in tens; resumes from the number it stopped at. */
async function* count(ctx: ReadContext<unknown, unknown>): AsyncGenerator<RowBatch> {
  for (let from = Number(ctx.cursor ?? 0); from < 100; from += 10) {
    ctx.signal.throwIfAborted();
    const rows = Array.from({ length: 10 }, (_, i) => ({ n: from + i }));
    yield { rows, cursor: from + 10, positionOf: (index) => String(from + index) };
  }
}

/** One object for all batches. */
async function* changing(ctx: ReadContext<unknown, unknown>): AsyncGenerator<RowBatch> {
  const cursor = { at: 0 };
  for await (const batch of count({ ...ctx, cursor: (ctx.cursor as { at?: number } | undefined)?.at })) {
    cursor.at = Number(batch.cursor);
    yield { ...batch, cursor };
  }
}

function counter(changes: Partial<Connector> = {}, read: Read = count, ordered = true): Connector {
  const connector = defineConnector({
    name: "counter",
    title: "Counter",
    description: "Counts to 100",
    options: z.strictObject({}),
    secrets: z.strictObject({ token: z.string().describe("Lets it count").optional() }),
    check: async () => ({ message: "can count" }),
    streams: [{ name: "numbers", primaryKey: ["n"], ordered, read }],
  });
  return { ...(connector as unknown as Connector), ...changes };
}

async function failures(connector: Connector): Promise<string[]> {
  const prepare = async () => ({ options: {}, workspace: "/" });
  const failed: string[] = [];
  for (const { title, run } of conformanceChecks({ name: "counter", connector }, prepare)) {
    await run().catch(() => failed.push(title));
  }
  return failed;
}

describe("the conformance suite", () => {
  it("finds nothing wrong with a good connector", async () => {
    expect(await failures(counter())).toEqual([]);
  });

  it.each<[string, Partial<Connector>, string]>([
    ["another name than its file", { name: "other" }, "is named after its file"],
    ["no description", { description: " " }, "says what it is"],
    [
      "options that let anything through",
      { options: z.object({}) },
      "refuses options and secrets that it does not know",
    ],
    ["an option without a description", { options: z.strictObject({ a: z.string().optional() }) }, "describes each"],
    [
      "an option whose name is not canonical",
      { options: z.strictObject({ upTo: z.string().optional().describe("x") }) },
      "canonical names",
    ],
    [
      "an example that its own options refuse",
      { guide: { credentials: "-", limits: "-", deletes: "-", example: { nothing: 1 } } },
      "shows an example",
    ],
    ["a stream to be merged without a key", { streams: [{ name: "a", mode: "merge", read: count }] }, "its key"],
    ["a key that is empty", { streams: [{ name: "a", primaryKey: ["id"], read: count }] }, "its key"],
    ["a stream of another spelling", { streams: [{ name: "Numbers", read: count }] }, "canonical names"],
    [
      "a secret that is not a text",
      { secrets: z.strictObject({ a: z.number().optional().describe("x") }) },
      "has options and secrets that a form",
    ],
    [
      "an option that no schema can be made of",
      { options: z.strictObject({ a: z.date().optional().describe("x") }) },
      "has options",
    ],
    [
      "two streams of one name",
      { streams: [1, 2].map(() => ({ name: "a", read: count })) },
      "gives its streams legal names",
    ],
    ["no streams", { streams: async () => [] }, "finds its streams"],
    ["a check that fails", { check: async () => Promise.reject(new Error("no")) }, "reports that a connection works"],
  ])("notices %s", async (_, changes, title) => {
    expect(await failures(counter(changes))).toContainEqual(expect.stringContaining(title));
  });

  it.each<[string, Read, string]>([
    ["values that cannot be stored", mapped((batch) => ({ ...batch, rows: [{ f: () => 1 }] })), "legal values"],
    ["values of a class of their own", mapped((batch) => ({ ...batch, rows: [{ f: new Map() }] })), "legal values"],
    ["a batch without a cursor", mapped(({ cursor: _, ...batch }) => batch), "gives cursors"],
    ["a cursor that is not JSON", mapped((batch) => ({ ...batch, cursor: new Date(0) as never })), "gives cursors"],
    [
      "places that move",
      mapped((batch) => ({ ...batch, positionOf: () => String(Math.random()) })),
      "same places again",
    ],
    [
      "a cursor that skips rows",
      mapped((batch) => ({ ...batch, cursor: Number(batch.cursor) + 1 })),
      "resumes from any",
    ],
    ["a cursor that repeats rows", mapped((batch) => ({ ...batch, cursor: Number(batch.cursor) - 1 })), "nothing more"],
    ["the same row twice", mapped((batch) => ({ ...batch, rows: [{ n: 1 }, { n: 1 }] })), "its key"],
    ["a cursor that is changed after it was given", changing, "survive being stored"],
    ["deafness to an abort", (ctx) => count({ ...ctx, signal: new AbortController().signal }), "stops soon"],
  ])("notices %s", async (_, read, title) => {
    expect(await failures(counter({}, read))).toContainEqual(expect.stringContaining(title));
  });
});

describe("a waiver", () => {
  const title = "resumes from any cursor with exactly the rest, if it is ordered";
  const checks = (read: Read, waivers: Record<string, string>) =>
    conformanceChecks(
      { name: "counter", connector: counter({}, read) },
      async () => ({ options: {}, workspace: "/" }),
      waivers,
    );
  const broken = mapped((batch) => ({ ...batch, cursor: Number(batch.cursor) + 1 }));
  const outcome = async (read: Read, waivers: Record<string, string>) => {
    const failed: string[] = [];
    for (const check of checks(read, waivers)) await check.run().catch((error) => failed.push(error.message));
    return failed;
  };

  it("lets a check fail for a reason that is said", async () => {
    expect(await outcome(broken, { [title]: "the source cannot be asked so" })).toEqual([]);
    const titles = checks(broken, { [title]: "the source cannot be asked so" }).map((check) => check.title);
    expect(titles).toContain(`is waived: ${title} (the source cannot be asked so)`);
  });

  it("fails when the check passes, when there is no such check, and without a reason", async () => {
    expect(await outcome(count, { [title]: "no longer so" })).toEqual(["the check passes: take the waiver out"]);
    expect(await outcome(count, { "is green": "why not" })).toEqual(["there is no such check"]);
    expect(await outcome(broken, { [title]: " " })).toEqual(["a waiver needs a reason"]);
  });
});

function mapped(change: (batch: RowBatch) => RowBatch): Read {
  return async function* (ctx) {
    for await (const batch of count(ctx)) yield change(batch);
  };
}
