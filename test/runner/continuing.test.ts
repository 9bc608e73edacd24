import { expect, test } from "vitest";
import { readSummary } from "../../src/runs/summary-file.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

test("a run that goes on from an earlier one says from where: in its events, its report and its summary", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 25 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const starts = async (request: object = {}) => {
    const { result, events } = await ws.run("board", request);
    const { continued_from } = (await readSummary(result.summary_path ?? "")).stats["cards"] ?? {};
    const start = events.find((event) => event.kind === "stream.start");
    return { continued_from, message: start?.message, report: result.report_text, data: start?.data };
  };
  expect(await starts()).toMatchObject({
    continued_from: null,
    message: "reading cards from its beginning",
    report: expect.not.stringContaining("continued"),
    data: { cursor: null, continued: false },
  });
  expect(await starts()).toMatchObject({
    continued_from: 25,
    message: "continuing cards from 25",
    report: expect.stringContaining("nothing new → board.cards, continued from 25"),
    data: { cursor: 25, continued: true },
  });
  expect(await starts({ full_refresh: true })).toMatchObject({ continued_from: null, data: { continued: false } });
});
