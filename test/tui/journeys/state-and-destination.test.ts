import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { JOURNEY_LIMIT_MS, journeyWorkspace } from "../harness/journey.ts";
import { openTerminal } from "../harness/pty.ts";

const STREAMS = { orders: { rows: 30 }, lines: { rows: 20 } };

test("the state of one stream is reset once the name is typed, and then all is loaded elsewhere", {
  timeout: JOURNEY_LIMIT_MS,
}, async () => {
  await using first = await freshDatabase();
  await using second = await freshDatabase();
  const workspace = await journeyWorkspace({
    connections: [{ name: "shop", type: "scripted", schema: { options: { streams: STREAMS } } }],
    destinations: { here: first.address, there: second.address },
  });
  const counts = async ({ client }: typeof first) => {
    const { rows } = await client.query(
      "select (select count(*)::int from shop.orders) as orders, (select count(*)::int from shop.lines) as lines",
    );
    return rows[0];
  };
  const terminal = openTerminal({ cwd: workspace.root, columns: 100, rows: 30 });
  await terminal.shows("▸ shop");
  terminal.send("r");
  await terminal.shows("✓ shop: success");
  expect(await counts(first)).toEqual({ orders: 30, lines: 20 });
  terminal.send("3");
  await terminal.shows(/orders +30/);
  await terminal.shows(/lines +20/);
  terminal.send("G");
  await terminal.shows(/▸ +orders/);
  terminal.send("D");
  await terminal.shows("sluice state reset shop --stream orders");
  terminal.send("sho\r");
  await terminal.shows("type shop first");
  terminal.send("p\r");
  // The question itself says much the same; only the answer names the backup.
  await terminal.shows("the stream orders starts from the beginning; the backup of");
  await terminal.shows(/▸ +orders +from the beginning/);
  await terminal.shows(/lines +20/);
  terminal.send("1");
  await terminal.shows("▸ shop");
  terminal.send("r");
  await terminal.shows("✓ shop: success");
  // An append loads again what was forgotten, and nothing of what was not.
  expect(await counts(first)).toEqual({ orders: 60, lines: 20 });
  terminal.send("5");
  await terminal.shows("here: ✓ answers");
  terminal.send("w");
  await terminal.shows("here (as now)");
  terminal.send("G");
  await terminal.shows(/▸ there/);
  terminal.send("\r");
  await terminal.shows("Load to there from now on?");
  terminal.send("y");
  await terminal.shows("connections load to there from now on");
  await terminal.shows("there: ✓ answers");
  terminal.send("1");
  await terminal.shows(/▸ shop .*✓ success .*✓✓/);
  terminal.send("r");
  await terminal.shows("✓ shop: success");
  expect(await counts(second)).toEqual({ orders: 30, lines: 20 });
  expect(await counts(first)).toEqual({ orders: 60, lines: 20 });
  terminal.send("1");
  // Leaving asks while a run holds its lock, which it does for a moment after it has said how it went.
  await terminal.shows(/▸ shop .*✓ success .*✓✓✓/);
  terminal.send("q");
  expect((await terminal.ends()).code).toBe(0);
});
