import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { JOURNEY_LIMIT_MS, journeyWorkspace } from "../harness/journey.ts";
import { openTerminal } from "../harness/pty.ts";

test("a run is watched and stopped in the middle from a second terminal, and resumed to its end", {
  timeout: JOURNEY_LIMIT_MS,
}, async () => {
  await using database = await freshDatabase();
  const streams = { lines: { rows: 50, wait_after: 20 } };
  const workspace = await journeyWorkspace({
    connections: [{ name: "slow", type: "scripted", schema: { options: { streams } } }],
    destinations: { postgres: database.address },
  });
  const one = openTerminal({ cwd: workspace.root });
  await one.shows("▸ slow");
  one.send("r");
  await one.shows("● slow: running");
  const two = openTerminal({ cwd: workspace.root, columns: 110, rows: 30 });
  await two.shows(/▸ slow .*● running/);
  await two.shows("● 1 running");
  two.send("\r");
  await two.shows("● slow: running");
  await two.shows(/lines +● running/);
  two.send("s");
  await two.shows("a stop run");
  two.send("a");
  await two.shows("■ slow: cancelled");
  await one.shows("■ slow: cancelled");
  await writeFile(join(workspace.root, "go"), "");
  one.send("1");
  await one.shows(/▸ slow .*■ cancelled/);
  one.send("r");
  await one.shows("✓ slow: success");
  const { rows } = await database.client.query(
    "select count(*)::int as rows, count(distinct id)::int as ids from slow.lines",
  );
  expect(rows[0]).toEqual({ rows: 50, ids: 50 });
  // What is changed in one is seen in the other.
  two.send("1");
  await two.shows(/▸ slow .*✓ success/);
  two.send("x");
  await two.shows("slow is disabled");
  one.send("1");
  await one.shows(/▸ slow .*○ disabled/);
  one.send("q");
  two.send("q");
  expect([(await one.exit).code, (await two.exit).code]).toEqual([0, 0]);
});
