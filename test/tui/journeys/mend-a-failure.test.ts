import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { JOURNEY_LIMIT_MS, journeyWorkspace } from "../harness/journey.ts";
import { openTerminal, type Terminal } from "../harness/pty.ts";

const ESC = "\u001b";
const BACKSPACE = "\u007f";
const CTRL_S = "\u0013";

const STREAMS = { deals: { path: "/deals" }, notes: { path: "/notes" } };

/** A service whose first version knows only deals, and whose second knows notes too. */
function startService() {
  return startHttpServer(({ path }) => {
    if (path === "/v1/deals" || path === "/v2/deals") return { json: [{ id: 1 }, { id: 2 }] };
    if (path === "/v2/notes") return { json: [{ id: 7, text: "hello" }] };
    return { status: 404, json: { message: "notes came with v2" } };
  });
}

/** From the run's summary into its log, to the event in which the stream failed, and back. */
async function readTheLog(terminal: Terminal): Promise<void> {
  terminal.send("o");
  // A log that is opened while its run still holds its lock is followed: the first error is looked for from the top.
  await terminal.shows("run.finish");
  terminal.send("g");
  await terminal.shows(/▸ .*run\.start/);
  terminal.send("n");
  await terminal.shows(/▸ ✗ .*http\.request\.error/);
  terminal.send("n");
  await terminal.shows(/▸ ✗ .*stream\.finish +notes/);
  terminal.send("\r");
  await terminal.shows('"stream": "notes"');
  await terminal.shows('\\"notes came with v2\\"');
  terminal.send(ESC);
  await terminal.shows(/▸ ✗ .*stream\.finish/);
  terminal.send(ESC);
  await terminal.shows("f run failed");
}

/** Changes the last character of the base URL, goes through the form's steps, and saves. */
async function editBaseUrl(terminal: Terminal): Promise<void> {
  terminal.send("e");
  await terminal.shows(/▸.? *base_url .*\/v1/);
  terminal.send(`${BACKSPACE}2`);
  await terminal.shows(/▸.? *base_url .*\/v2/);
  terminal.send(CTRL_S);
  await terminal.shows(/▸\d secrets/);
  // Its form comes once it is known which secrets there are.
  await terminal.shows(/▸.? *token/);
  terminal.send(CTRL_S);
  await terminal.shows("✓ source");
  await terminal.shows("✓ destination privileges");
  await terminal.shows("⏎ save");
  terminal.send("\r");
  await terminal.shows("crm is changed");
  await terminal.shows(/▸ crm .*◐ partial/);
}

test("a failure is read about, mended in the form, and only what failed is run again", {
  timeout: JOURNEY_LIMIT_MS,
}, async () => {
  await using database = await freshDatabase();
  await using server = await startService();
  const options = { base_url: `${server.url}/v1`, streams: STREAMS };
  const workspace = await journeyWorkspace({
    connections: [{ name: "crm", type: "rest_api", schema: { options } }],
    destinations: { postgres: database.address },
  });
  const terminal = openTerminal({ cwd: workspace.root, columns: 100, rows: 30 });
  await terminal.shows("▸ crm");
  terminal.send("r");
  await terminal.shows("◐ crm: partial");
  terminal.send("\r");
  await terminal.shows(/notes +✗ failed/);
  await terminal.shows(/deals +✓ success/);
  await terminal.shows("✗ [source_not_found] reading page 1 of notes: 404");
  await terminal.shows("What to do: Check the path or address in the connection's options.");
  await readTheLog(terminal);
  terminal.send("1");
  await terminal.shows(/▸ crm .*◐ partial/);
  await editBaseUrl(terminal);
  const { connections } = JSON.parse(await readFile(workspace.paths.config, "utf8"));
  expect(connections[0].schema.options).toEqual({ ...options, base_url: `${server.url}/v2` });
  terminal.send("\r");
  await terminal.shows(/▸ .* crm .*◐ partial/);
  terminal.send("\r");
  await terminal.shows("f run failed");
  server.requests.length = 0;
  terminal.send("f");
  await terminal.shows("✓ crm: success");
  expect(server.requests.map(({ path }) => path)).toEqual(["/v2/notes"]);
  const { rows } = await database.client.query(
    "select count(*)::int as deals, (select count(*)::int from crm.notes) as notes from crm.deals",
  );
  expect(rows[0]).toEqual({ deals: 2, notes: 1 });
  terminal.send("1");
  // Leaving asks while a run holds its lock, which it does for a moment after it has said how it went.
  await terminal.shows(/▸ crm .*✓ success .*◐✓/);
  terminal.send("q");
  expect((await terminal.ends()).code).toBe(0);
});
