import { expect, test } from "vitest";
import { readSummary } from "../../../src/runs/summary-file.ts";
import { loadsOf } from "../../connectors/postgres-loads.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { testWorkspace } from "../../runner/test-workspace.ts";

const SOURCE = `create table orders (id int primary key, item text, updated_at timestamptz not null);
insert into orders select i, 'item', timestamptz '2026-01-01' + i * interval '1 hour' from generate_series(1, 3) i;`;

test.each(["append", "merge"] as const)(
  "a run that goes on in a table says at which row, in its event, its report and its summary: %s",
  async (mode) => {
    const schema = { streams: { "public.orders": { mode, primary_key: ["id"], cursor_field: "updated_at" } } };
    await using loads = await loadsOf({ source: SOURCE, schema });
    const startOf = async () => {
      const { result, events } = await loads.run();
      expect(result.error).toBeNull();
      const { continued_at } = (await readSummary(result.summary_path ?? "")).stats["public.orders"] ?? {};
      const { message, data } = events.find(({ kind }) => kind === "stream.start") ?? {};
      return { message, data, report: result.report_text, continued_at };
    };
    expect(await startOf()).toMatchObject({
      message: "reading public.orders from its beginning",
      data: { mode, continued: false, cursor: null },
      report: expect.not.stringContaining("continued"),
      continued_at: null,
    });
    const place = "updated_at 2026-01-01 03:00:00+00, id 3";
    expect(await startOf()).toMatchObject({
      message: `continuing public.orders from ${place}`,
      data: { mode, continued: true, cursor: { by: ["updated_at", "id"], at: ["2026-01-01 03:00:00+00", "3"] } },
      report: expect.stringContaining(`continued from ${place}`),
      continued_at: place,
    });
  },
);

test("a run that goes on in the mode merge says from where", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 25 } } };
  const schema = { streams: { cards: { mode: "merge", primary_key: ["id"] } } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options, schema }],
  });
  await ws.run("board");
  const { result, events } = await ws.run("board");
  expect(events.find(({ kind }) => kind === "stream.start")).toMatchObject({
    message: "continuing cards from 25",
    data: { mode: "merge", lane: "staging", cursor: 25, continued: true },
  });
  expect(result.report_text).toContain("continued from 25");
});
