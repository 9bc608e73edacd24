import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { fileConnection, sluice, workspaceFolder } from "./command-harness.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

interface Source {
  connection: string;
  file: string;
  text: string;
  /** What the connection's entry has besides. */
  schema?: object;
}

let connections = 100;

/** A connection with one file, the file's path, and how it is run. */
async function fileSource({ connection, file, text, schema }: Source) {
  const fields = Object.entries(database.address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const entry = fileConnection(connections++, connection, { schema: { options: { path: file }, ...schema } });
  const cwd = await workspaceFolder({
    "config.json": { version: 1, connections: [entry], settings: { destination: "postgres", retries: 0 } },
    ".dlt/secrets.toml": `[destination.postgres.credentials]\n${fields.join("\n")}\n`,
    [file]: text,
  });
  return { path: join(cwd, file), run: async () => (await sluice(["run", connection], { cwd })).stdout };
}

describe("columns that a run has added", () => {
  test("are named on one line, and none of a table that the run has made", async () => {
    const { path, run } = await fileSource({
      connection: "grown",
      file: "grown.ndjson",
      text: `${Array.from({ length: 1200 }, (_, id) => JSON.stringify({ id })).join("\n")}\n{"id":1201,"late":true}\n`,
    });
    expect(await run()).not.toContain("column");
    await appendFile(path, '{"id":1202,"colour":"red","size":2}\n');
    expect(await run()).toContain("\n  grown: new columns colour (text), size (bigint)\n");
    await appendFile(path, '{"id":1203,"colour":"blue","price":2.5}\n');
    expect(await run()).toContain("\n  grown: new column price (numeric)\n");
    await appendFile(path, '{"id":1204,"size":"wide"}\n');
    expect(await run()).toContain("\n  grown: the column size has become text; it was bigint\n");
    const many = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`c${n}`, n]));
    await appendFile(path, `${JSON.stringify({ id: 1205, ...many })}\n`);
    expect(await run()).toMatch(/\n {2}grown: new columns c0 \(bigint\), c1 \(bigint\),.* c4 \(bigint\) and 2 more\n/);
  });

  test("are told of a table of lists too, with its name", async () => {
    const { path, run } = await fileSource({
      connection: "listed",
      file: "listed.ndjson",
      text: '{"id":1,"lines":[{"sku":"a"}]}\n',
      schema: { streams: { listed: { nested: "tables" } } },
    });
    expect(await run()).not.toContain("column");
    await appendFile(path, '{"id":2,"lines":[{"sku":"b","count":2}],"notes":[{"by":"me"}]}\n');
    const report = await run();
    expect(report).toContain("\n  listed: new column count (bigint) of listed.listed__lines\n");
    expect(report.match(/new column/g)).toHaveLength(1);
  });
});
