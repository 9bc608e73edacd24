import { describe, expect, test } from "vitest";
import { JOURNEY_LIMIT_MS } from "../harness/journey.ts";
import { openTerminal } from "../harness/pty.ts";
import { connectionEntry, tuiWorkspace } from "../harness/workspace.ts";

const paste = (text: string) => `\u001b[200~${text}\u001b[201~`;
/** A keyboard repeats a held key about so often. */
const REPEATS_PER_S = 30;
const HELD_S = 5;

async function manyConnections() {
  const connections = Array.from({ length: 400 }, (_, at) => connectionEntry(`c${String(at).padStart(3, "0")}`));
  return tuiWorkspace({ connections });
}

describe("on a real terminal", () => {
  test("10,000 pasted characters go into a field as one, and do nothing where none is", {
    timeout: JOURNEY_LIMIT_MS,
  }, async () => {
    const { root } = await manyConnections();
    const terminal = openTerminal({ cwd: root });
    await terminal.shows("▸ c000");
    // D would delete, r would run, q would leave.
    terminal.send(paste("DrqxZ\r".repeat(1_667)));
    terminal.send("j");
    await terminal.shows("▸ c001");
    expect(terminal.text()).not.toMatch(/Delete|disabled|running/);
    terminal.send("/");
    await terminal.shows("400 of 400");
    terminal.send(paste(`${"x".repeat(9_999)}y`));
    await terminal.shows("0 of 400");
    await terminal.shows(/xxxxy +/);
    terminal.send("\u0015c39");
    await terminal.shows("10 of 400");
    terminal.send("\r");
    await terminal.shows(/▸ c39\d/);
    terminal.send("\u001b");
    await terminal.shows("c389");
    terminal.send("q");
    expect((await terminal.exit).code).toBe(0);
  });

  test("a key that is held for five seconds moves as often as it came, and no further", {
    timeout: JOURNEY_LIMIT_MS,
  }, async () => {
    const { root } = await manyConnections();
    const terminal = openTerminal({ cwd: root });
    await terminal.shows("▸ c000");
    for (let press = 0; press < REPEATS_PER_S * HELD_S; press++) {
      terminal.send("j");
      await new Promise((resolve) => setTimeout(resolve, 1_000 / REPEATS_PER_S));
    }
    await terminal.shows("▸ c150");
    // Whatever still waited would come before this.
    terminal.send("k");
    await terminal.shows("▸ c149");
    terminal.send("?");
    await terminal.shows("Keys that work here");
    terminal.send("\u001b");
    await terminal.shows("▸ c149");
    terminal.send("q");
    expect((await terminal.exit).code).toBe(0);
  });

  test("without colours nothing is coloured", { timeout: JOURNEY_LIMIT_MS }, async () => {
    const { root } = await manyConnections();
    const terminal = openTerminal({ cwd: root, env: { NO_COLOR: "1" } });
    await terminal.shows("▸ c000");
    terminal.send("?");
    await terminal.shows("Keys that work here");
    terminal.send("\u001b");
    await terminal.shows("▸ c000");
    terminal.send("q");
    expect((await terminal.exit).code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences of a terminal begin with one.
    expect(terminal.written()).not.toMatch(/\u001b\[[\d;]*(3[0-8]|4[0-8]|9[0-7])m/);
  });
});
