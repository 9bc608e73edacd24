import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { JOURNEY_LIMIT_MS } from "../harness/journey.ts";
import { openShell, type Terminal } from "../harness/pty.ts";
import { FAILED_RUN, LIVE_RUN, SUCCESSFUL_RUN, shop } from "../harness/shop.ts";

/** Every screen by the way to it: a place on the command line, and keys once a text is there. */
const WAYS: readonly (readonly [
  string,
  string | undefined,
  readonly (readonly [string | RegExp, string])[],
  string | RegExp,
])[] = [
  ["connections", undefined, [], "▸ orders"],
  ["filter", undefined, [["▸ orders", "/ord"]], "1 of 8"],
  ["help", undefined, [["▸ orders", "?"]], "Keys that work here"],
  ["palette", undefined, [["▸ orders", ":"]], "a few letters"],
  ["question", undefined, [["▸ orders", "D"]], "what becomes"],
  ["add", undefined, [["▸ orders", "a"]], "▸1 connector"],
  ["edit", undefined, [["▸ orders", "e"]], /▸.? *path/],
  ["test", undefined, [["▸ orders", "t"]], "✓ source"],
  [
    "streams",
    undefined,
    [
      ["▸ orders", "/shop"],
      ["1 of 8", "\r"],
      ["e edit", "d"],
    ],
    "streams are loaded",
  ],
  [
    "first rows",
    undefined,
    [
      ["▸ orders", "/shop"],
      ["1 of 8", "\r"],
      ["e edit", "d"],
      ["streams are loaded", "p"],
    ],
    "customer 1",
  ],
  ["runs of a connection", "connections/orders", [], "✓ success"],
  ["runs", "runs", [], "✓ success"],
  ["run", `runs/${FAILED_RUN}`, [], "What to do:"],
  ["live", `runs`, [["● running", "\r"]], `Live ${LIVE_RUN.slice(-8)}`],
  ["log", `runs/${FAILED_RUN}`, [["What to do:", "o"]], "1 of 10"],
  [
    "event",
    `runs/${FAILED_RUN}`,
    [
      ["What to do:", "o"],
      [/1 of 10.*▸/s, "\r"],
    ],
    "run.start",
  ],
  ["compare", `compare/${FAILED_RUN}/${SUCCESSFUL_RUN}`, [], "in total"],
  ["state", "state", [], "not read yet"],
  ["secrets", "secrets", [], "leads nowhere"],
  ["database", "database", [], "✓ answers"],
  ["query", "database", [["✓ answers", "i"]], "Nothing can be changed here"],
  ["doctor", "doctor", [], "check"],
];

describe.each([
  ["TERM", 143],
  ["HUP", 129],
] as const)("SIG%s", (signal, code) => {
  test.each(WAYS)(
    "at %s leaves a terminal that works",
    { timeout: JOURNEY_LIMIT_MS },
    async (_name, place, steps, last) => {
      const { root } = await shop();
      const terminal = openShell({ cwd: root, args: place === undefined ? [] : ["ui", place], columns: 100, rows: 30 });
      for (const [text, keys] of steps) {
        await terminal.shows(text);
        terminal.send(keys);
      }
      await terminal.shows(last);
      expect(terminal.isAlternate()).toBe(true);
      const pid = Number(await readFile(join(root, "pid"), "utf8"));
      process.kill(pid, `SIG${signal}`);
      await terminal.shows(`ended with ${code}`);
      // The shell tells them after that, line by line.
      await terminal.shows(/icanon .*echo/);
      expectUsableTerminal(terminal);
      expect((await terminal.exit).code).toBe(0);
    },
  );
});

/** What the shell finds: the main screen, a cursor, lines and echo, and pastes without marks. */
function expectUsableTerminal(terminal: Terminal): void {
  const written = terminal.written();
  const lastOf = (on: string, off: string) => (written.lastIndexOf(on) > written.lastIndexOf(off) ? "on" : "off");
  expect(terminal.isAlternate()).toBe(false);
  expect(lastOf("\u001b[?25h", "\u001b[?25l")).toBe("on");
  expect(lastOf("\u001b[?2004h", "\u001b[?2004l")).toBe("off");
  expect(terminal.text()).toMatch(/(?<!-)icanon\b/);
  expect(terminal.text()).toMatch(/(?<!-)\becho\b/);
  expect(terminal.text()).toMatch(/(?<!-)\bisig\b/);
}
