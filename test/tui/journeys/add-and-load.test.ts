import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { temporaryWorkspace } from "../../workspace/temporary-workspace.ts";
import { openTerminal } from "../harness/pty.ts";

const JOURNEY_LIMIT_MS = 180_000;
const TOKEN = "the-right-token";
const STREAMS = { deals: { path: "/deals", primary_key: ["id"] }, notes: { path: "/notes" } };

/** A service that lets in who knows the token. */
function startService() {
  return startHttpServer(({ headers, path }) => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, json: { message: "who are you?" } };
    return {
      json:
        path === "/deals"
          ? [
              { id: 1, title: "big" },
              { id: 2, title: "small" },
            ]
          : [{ text: "hello" }],
    };
  });
}

async function emptyWorkspace(address: object) {
  const credentials = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return temporaryWorkspace({
    "config.json": { version: 1, connections: [], settings: { destination: "postgres" } },
    ".dlt/secrets.toml": `[destination.postgres.credentials]\n${credentials.join("\n")}\n`,
  });
}

const paste = (text: string) => `\u001b[200~${text}\u001b[201~`;

describe("on a real terminal", () => {
  test("an API is added with a wrong token, mended, looked at, and loaded", { timeout: JOURNEY_LIMIT_MS }, async () => {
    await using database = await freshDatabase();
    await using service = await startService();
    const workspace = await emptyWorkspace(database.address);
    const terminal = openTerminal({ cwd: workspace.root, columns: 100, rows: 30 });
    await terminal.shows("Press a to add one");
    terminal.send("a");
    await terminal.shows("▸1 connector");
    terminal.send("/");
    await terminal.shows("esc clear");
    terminal.send("rest_api\r");
    await terminal.shows("▸ rest_api");
    terminal.send("\r");
    await terminal.shows("▸* name");
    terminal.send(`crm\t${service.url}\t`);
    await terminal.shows("▸* streams");
    terminal.send(paste(JSON.stringify(STREAMS, null, 2)));
    await terminal.shows("2 entries: deals, notes");
    terminal.send("\t");
    await terminal.shows(/▸ +auth/);
    terminal.send(paste(JSON.stringify({ type: "bearer" })));
    await terminal.shows("1 entry: type");
    terminal.send("\u0013");
    await terminal.shows("▸3 secrets");
    await terminal.shows(/▸.? *token/);
    terminal.send("the-wrong-token\u0013");
    await terminal.shows("✗ source");
    await terminal.shows("✓ destination privileges");
    terminal.send("\u001b");
    await terminal.shows("▸3 secrets");
    await terminal.shows("••••••••");
    terminal.send(`\u0015${TOKEN}\u0013`);
    await terminal.shows("✓ source");
    await terminal.shows("✓ destination privileges");
    await terminal.shows("⏎ save");
    expect(JSON.parse(await readFile(workspace.paths.config, "utf8")).connections).toEqual([]);
    terminal.send("\r");
    await terminal.shows("2 of 2 streams are loaded");
    terminal.send("p");
    await terminal.shows(/2 +small/);
    terminal.send("\u001b");
    await terminal.shows("2 of 2 streams are loaded");
    terminal.send("q");
    await terminal.shows("▸ crm");
    terminal.send("r");
    await terminal.shows("✓ crm: success");
    const { rows } = await database.client.query("select id::int, title from crm.deals order by id");
    expect(rows).toEqual([
      { id: 1, title: "big" },
      { id: 2, title: "small" },
    ]);
    expect(terminal.written()).not.toMatch(/the-(right|wrong)-token/);
    terminal.send("\u0003");
    expect(await terminal.exit).toMatchObject({ code: 130 });
  });

  test("the editor gets the terminal and gives it back", { timeout: JOURNEY_LIMIT_MS }, async () => {
    const { root, paths } = await temporaryWorkspace({
      "config.json": {
        version: 1,
        connections: [{ name: "orders", type: "files", schema: { options: { path: "orders.csv" } } }],
      },
    });
    // Reads a line from the terminal, as an editor would.
    const EDITOR = `sh -c 'printf "which file? "; read -r file; sed -i "s/orders.csv/$file/" "$0"'`;
    const terminal = openTerminal({ cwd: root, env: { EDITOR } });
    await terminal.shows("▸ orders");
    terminal.send("E");
    await terminal.shows("which file?");
    expect(terminal.isAlternate()).toBe(false);
    terminal.send("sales.csv\r");
    await terminal.shows("orders is changed");
    expect(terminal.isAlternate()).toBe(true);
    expect(await readFile(paths.config, "utf8")).toContain("sales.csv");
    terminal.send("?");
    await terminal.shows("Keys that work here");
    terminal.send("\u001b");
    await terminal.shows("▸ orders");
    terminal.send("q");
    expect(await terminal.exit).toMatchObject({ code: 0 });
  });
});
