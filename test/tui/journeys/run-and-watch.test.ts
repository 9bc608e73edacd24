import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { temporaryWorkspace } from "../../workspace/temporary-workspace.ts";
import { openTerminal } from "../harness/pty.ts";

const JOURNEY_LIMIT_MS = 120_000;

async function shop(address: object, rows: number) {
  const credentials = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const workspace = await temporaryWorkspace({
    "config.json": {
      version: 1,
      connections: [{ name: "orders", type: "files", schema: { options: { path: "orders.csv" } } }],
      settings: { destination: "postgres" },
    },
    ".dlt/secrets.toml": `[destination.postgres.credentials]\n${credentials.join("\n")}\n`,
  });
  const lines = Array.from({ length: rows }, (_, row) => `${row},customer ${row}`);
  await writeFile(join(workspace.root, "orders.csv"), `id,customer\n${lines.join("\n")}\n`);
  return workspace;
}

describe("on a real terminal", () => {
  test("a connection is run, watched to its end, and its summary read", { timeout: JOURNEY_LIMIT_MS }, async () => {
    await using database = await freshDatabase();
    const { root } = await shop(database.address, 5_000);
    const terminal = openTerminal({ cwd: root });
    await terminal.shows("▸ orders");
    expect(terminal.isAlternate()).toBe(true);
    terminal.send("r");
    await terminal.shows("✓ orders: success");
    expect(terminal.text()).toContain("5,000 rows written");
    terminal.send("\r");
    await terminal.shows("started ");
    expect(terminal.text()).toMatch(/orders +✓ success +5,000 +5,000/);
    const { rows } = await database.client.query("select count(*)::int as loaded from orders.orders");
    expect(rows[0].loaded).toBe(5_000);
    terminal.send("qq");
    expect(await terminal.exit).toMatchObject({ code: 0 });
    expect(terminal.isAlternate()).toBe(false);
  });

  test("a run that cannot begin says why", { timeout: JOURNEY_LIMIT_MS }, async () => {
    const { root } = await temporaryWorkspace({
      "config.json": {
        version: 1,
        connections: [{ name: "orders", type: "nonesuch" }],
        settings: { destination: "postgres" },
      },
    });
    const terminal = openTerminal({ cwd: root });
    await terminal.shows("▸ orders");
    terminal.send("r");
    await terminal.shows(/✗ (\[connect|failed|.*nonesuch)/);
    terminal.send("\u0003");
    expect(await terminal.exit).toMatchObject({ code: 130 });
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])("%s leaves the terminal as it was", async (signal, code) => {
    const { root } = await temporaryWorkspace({ "config.json": { version: 1, connections: [] } });
    const terminal = openTerminal({ cwd: root });
    await terminal.shows("There is no connection yet");
    terminal.kill(signal);
    expect(await terminal.exit).toMatchObject({ code });
    expect(terminal.isAlternate()).toBe(false);
    // The cursor is back, and nothing was drawn after that.
    expect(terminal.written().split("\u001b[?25h").at(-1)).not.toContain("\u001b");
    expect(terminal.written()).toContain("\u001b[?2004l");
  });
});
