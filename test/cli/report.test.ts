import { appendFile, writeFile } from "node:fs/promises";
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

describe("the first of rejected rows", () => {
  const merge = (stream: string) => ({ streams: { [stream]: { mode: "merge", primary_key: ["id"] } } });

  test.each([
    ["id,x\n1,a\n,b\n2\n", "first.csv:3: the key id is missing or null"],
    ["id,x\n1,a\n2\n,b\n", "first.csv:3: 1 field where there are 2 columns"],
    ['id,x\n1,"a\n,b"\n\n,c\nbroken\n', "first.csv:5: the key id is missing or null"],
  ])("is the first in the file, whoever rejects it: %j", async (text, first) => {
    const { run } = await fileSource({ connection: "first", file: "first.csv", text, schema: merge("first") });
    expect(await run()).toContain(`The first is ${first}.`);
  });

  test("is the first where rows of lists are tables too", async () => {
    const schema = { streams: { lists: { mode: "merge", primary_key: ["id"], nested: "tables" } } };
    const text = '{"id":1,"lines":[{"sku":"a"}]}\n{"id":null,"lines":[{"sku":"b"}]}\noops\n';
    const { run } = await fileSource({ connection: "lists", file: "lists.ndjson", text, schema });
    expect(await run()).toContain("The first is lists.ndjson:2: the key id is missing or null.");
  });

  test("is the first of small files that are loaded together", async () => {
    const { path, run } = await fileSource({
      ...{ connection: "parts", file: "a.csv", text: "id,x\n1,a\n2,b\n" },
      schema: { options: { path: "?.csv", stream: "parts" }, ...merge("parts") },
    });
    await writeFile(path.replace(/a\.csv$/, "b.csv"), "id,x\n3,a\n,b\n");
    await writeFile(path.replace(/a\.csv$/, "c.csv"), "id,x\n4\n");
    expect(await run()).toContain("The first is b.csv:3: the key id is missing or null.");
  });
});
