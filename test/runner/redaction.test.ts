import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

const SECRET = 'k3y "with/+ quotes&é';

const SPELLINGS = [
  SECRET,
  JSON.stringify(SECRET).slice(1, -1),
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString("base64"),
];

test("a secret that a connector lets out appears nowhere, however it is spelled", async () => {
  await using database = await freshDatabase();
  const leaks = `GET https://api.example.com/?key=${encodeURIComponent(SECRET)} with $TOKEN and Basic ${Buffer.from(SECRET).toString("base64")} failed: {"token":${JSON.stringify(SECRET)}}`;
  const streams = { cards: { rows: 5, fail: { after: 0, message: leaks } }, good: { rows: 1 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams, label: `my token is ${SECRET}` } }],
    secrets: `[sources.board]\ntoken = ${JSON.stringify(SECRET)}`,
  });
  const lines: string[] = [];
  const { result } = await ws.run("board", { retries: 1 }, { onEvent: (_event, line) => lines.push(line) });
  expect(result).toMatchObject({ status: "partial", error: { message: expect.stringContaining("[redacted]") } });

  const { rows } = await database.client.query("select row_to_json(r)::text as row from _sluice.runs r");
  const { runs, run_logs } = ws.deps.workspace.paths;
  const files = await Promise.all(
    [...(await filesIn(runs)), ...(await filesIn(run_logs))].map((path) => readFile(path, "utf8")),
  );
  expect(files).toHaveLength(2);
  const password = database.address.password ?? "";
  for (const said of [...files, ...lines, JSON.stringify(result), rows[0].row]) {
    for (const spelling of [...SPELLINGS, password]) expect(said).not.toContain(spelling);
  }
});

test("a secret that a person put among the options is not spread any further", async () => {
  await using database = await freshDatabase();
  const config = { user: "reader-of-all", login: { password: "hunter2-hunter2", api_key: ["key-of-the-kingdom"] } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams: { good: { rows: 1 } }, config } }],
  });
  const { runs, run_logs } = ws.deps.workspace.paths;
  const { result } = await ws.run("board");
  const written = await Promise.all(
    [...(await filesIn(runs)), ...(await filesIn(run_logs))].map((path) => readFile(path, "utf8")),
  );
  expect(written).toHaveLength(2);
  expect(written.join()).toContain("reader-of-all");
  expect([JSON.stringify(result), ...written].join()).not.toMatch(/hunter2|kingdom/);
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
