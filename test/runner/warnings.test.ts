import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

async function warningsOf(streams: object, schema: object = {}) {
  await using database = await freshDatabase();
  const connections = [{ name: "board", options: { streams }, schema }];
  await using ws = await testWorkspace({ address: database.address, connections, secrets: TOKEN });
  const { result } = await ws.run("board");
  const { warnings, status } = JSON.parse(await readFile(result.summary_path ?? "", "utf8"));
  return { warnings, status, report: result.report_text };
}

const TOKEN = '[sources.board]\ntoken = "sesame-open"\n';

test("what a connector warns of is in the summary and the report, each once with how often", async () => {
  const { warnings, status, report } = await warningsOf({
    cards: { rows: 30, warn: "an owner is missing" },
    lists: { rows: 5, warn: "the page is short" },
  });
  expect(status).toBe("success");
  expect([...warnings].sort()).toEqual(["cards: an owner is missing (3 times)", "lists: the page is short"]);
  for (const warning of warnings) expect(report).toContain(`\n  warning: ${warning}`);
});

test("a connector that warns of every row fills neither the summary nor the report", async () => {
  const { warnings, report } = await warningsOf({ cards: { rows: 100, batch: 1, warn: "row $FROM is odd" } });
  expect(warnings).toHaveLength(21);
  expect(warnings.at(-1)).toBe("80 more warnings in the event log");
  expect(report.split("\n").length).toBeLessThan(30);
});

test.each([
  ["all streams are loaded", {}],
  ["some are chosen", { cards: { selected: true } }],
])("settings of a stream that is not offered are warned of with what was meant, where %s", async (_, chosen) => {
  const schema = { streams: { ...chosen, crads: { mode: "append" } } };
  const { warnings, status, report } = await warningsOf({ cards: { rows: 5 } }, schema);
  expect(status).toBe("success");
  const warning = 'config.json has settings for streams that are not offered: crads (Did you mean "cards"?).';
  expect(warnings).toEqual([warning]);
  expect(report).toContain(`\n  warning: ${warning}`);
});

test("a warning does not tell a secret", async () => {
  const { warnings, report } = await warningsOf({ cards: { rows: 1, warn: "sesame-open is old" } });
  expect(warnings).toEqual(["cards: [redacted] is old"]);
  expect(report).not.toContain("sesame-open");
});
