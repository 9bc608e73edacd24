import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { type SlowProxy, startSlowProxy } from "../harness/slow-proxy.ts";
import { type TestWorkspace, type TestWorkspaceOptions, testWorkspace } from "../runner/test-workspace.ts";
import { parseOutput, startHeadless } from "./headless-process.ts";

const MB = 1024 * 1024;
/** Of a kilobyte, so that they are about as long in the source as on their way to the destination. */
const ROWS = 40 * 1024;
const BODY = "x".repeat(1000);
/** Less than half of the rows. Two connections, each with a full queue, and what is being read, are ten. */
const MOST_AHEAD = 16 * MB;
const MB_PER_S = 25;
/** So few that any machine loads them faster, whatever else it does. */
const FEW_MB_PER_S = 2;

/** Only Linux says how much a process has read and written. */
describe.runIf(process.platform === "linux")(
  "no more is read than a slow destination can follow, which the run says, of",
  () => {
    test("a file", async () => {
      const connection = { name: "shop", type: "files", options: { path: "rows.ndjson" } };
      const { result, sides, mostAhead } = await loadSlowly({ connections: [connection] }, async (ws) => {
        await writeFile(
          join(ws.root, "rows.ndjson"),
          lines((id) => `{"id":${id},"body":"${BODY}"}`),
        );
      });
      expect(result).toMatchObject({ status: "success", stats: { rows: { inserted: ROWS } } });
      expect(mostAhead).toBeLessThan(MOST_AHEAD);
      expect(sides).toContain("destination");
    });

    test("a program's messages", async () => {
      const options = { command: "cat", args: ["messages"], plain: true, stream_names: ["rows"] };
      const { result, sides, mostAhead } = await loadSlowly(
        { connections: [{ name: "shop", type: "singer", options }] },
        async (ws) => {
          const properties = { id: { type: "integer" }, body: { type: "string" } };
          const schema = { type: "SCHEMA", stream: "rows", schema: { properties }, key_properties: [] };
          const records = lines((id) => `{"type":"RECORD","stream":"rows","record":{"id":${id},"body":"${BODY}"}}`);
          await writeFile(join(ws.root, "messages"), `${JSON.stringify(schema)}\n${records}`);
        },
      );
      expect(result).toMatchObject({ status: "success", stats: { rows: { inserted: ROWS } } });
      expect(mostAhead).toBeLessThan(MOST_AHEAD);
      expect(sides).toContain("destination");
    });

    test("a table that is passed on as bytes, two ranges at once", async () => {
      await using source = await sourceOf(ROWS);
      const { result, events, sides, mostAhead } = await loadSlowly(reading(source.address));
      expect(result).toMatchObject({ status: "success", stats: { "public.rows": { inserted: ROWS } } });
      expect(events.map(({ data }) => data)).toContainEqual(expect.objectContaining({ form: "copy_binary" }));
      expect(events.map(({ message }) => message)).toContain("public.rows is read in ranges, 2 at once");
      expect(mostAhead).toBeLessThan(MOST_AHEAD);
      expect(sides).toContain("destination");
    });
  },
);

test("a run whose source is slow says that it waits for the source", async () => {
  await using source = await sourceOf(ROWS / 4);
  await using destination = await freshDatabase();
  await using proxy = await startSlowProxy(source.address.port, { direction: "from server", mb_per_s: FEW_MB_PER_S });
  const reads = reading({ ...source.address, port: proxy.port });
  await using ws = await testWorkspace({ address: destination.address, ...reads });
  const { result, sides } = await runThrough(proxy, ws);
  expect(result).toMatchObject({ status: "success", stats: { "public.rows": { inserted: ROWS / 4 } } });
  expect(sides).toContain("source");
});

function lines(line: (id: number) => string): string {
  return Array.from({ length: ROWS }, (_, id) => `${line(id)}\n`).join("");
}

async function sourceOf(rows: number) {
  const source = await freshDatabase();
  await source.client.query(
    `create table rows as select i as id, '${BODY}'::text as body from generate_series(1, ${rows}) i`,
  );
  return source;
}

function reading({ host, port, database, username, password = "" }: PostgresAddress) {
  const options = { host, port, database, username, range_mb: 8 };
  const schema = { streams: { "public.rows": { selected: true, mode: "append" } } };
  const secrets = `[sources.shop]\npassword = ${JSON.stringify(password)}`;
  return { connections: [{ name: "shop", type: "postgres", options, schema }], secrets };
}

/** Runs `shop` into a destination that is slower than any source. */
async function loadSlowly(options: TestWorkspaceOptions, prepare?: (ws: TestWorkspace) => Promise<void>) {
  await using destination = await freshDatabase();
  await using proxy = await startSlowProxy(destination.address.port, { direction: "to server", mb_per_s: MB_PER_S });
  await using ws = await testWorkspace({ address: { ...destination.address, port: proxy.port }, ...options });
  await prepare?.(ws);
  return await runThrough(proxy, ws);
}

/** Runs `shop` as a backend would, and looks at the process whenever the proxy has let something through. */
async function runThrough(proxy: SlowProxy, ws: TestWorkspace) {
  const { child, ended } = await startHeadless(ws, ["shop"]);
  child.stdin.end();
  let mostAhead = 0;
  // Its own files, which it reads as it starts, are no rows.
  let atFirst: number | undefined;
  proxy.onPassed = () => {
    const ahead = bytesAhead(child.pid);
    atFirst ??= ahead;
    mostAhead = Math.max(mostAhead, ahead - atFirst);
  };
  const { events, result } = parseOutput((await ended).stdout);
  const sides = events.flatMap(({ kind, data }: RunEvent) => (kind === "stream.progress" ? [data.waits_for] : []));
  return { result, events: events as RunEvent[], sides, mostAhead };
}

/** What a process has read and not written to anybody, by the kernel's count; 0 once it has ended. */
function bytesAhead(pid: number | undefined): number {
  try {
    const io = readFileSync(`/proc/${pid}/io`, "utf8");
    const [read, written] = ["rchar", "wchar"].map((name) => Number(new RegExp(`${name}: (\\d+)`).exec(io)?.[1]));
    return Number(read) - Number(written);
  } catch {
    return 0;
  }
}
