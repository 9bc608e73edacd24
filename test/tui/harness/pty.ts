import { onTestFinished } from "vitest";
import { startShell, startTerminal, type Terminal, type TerminalOptions } from "./pseudo-terminal.ts";

export type { Terminal, TerminalOptions } from "./pseudo-terminal.ts";

/** Sluice as it is built, on a real pseudo-terminal, until the test ends. */
export function openTerminal(options: TerminalOptions): Terminal {
  return untilTestEnds(startTerminal(options));
}

/** As `openTerminal`, from a shell that has the terminal back afterwards. */
export function openShell(options: TerminalOptions): Terminal {
  return untilTestEnds(startShell(options));
}

function untilTestEnds(terminal: Terminal): Terminal {
  onTestFinished(() => terminal.close());
  return terminal;
}
