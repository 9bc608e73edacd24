import { join } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { onTestFinished } from "vitest";

/** Sluice as it is built, on a real pseudo-terminal. */
export interface Terminal {
  pid: number;
  text(): string;
  /** Everything that was written, for looking at escape sequences. */
  written(): string;
  send(text: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves when the screen shows the text; fails with the screen in the message. */
  shows(text: string | RegExp, limit_ms?: number): Promise<void>;
  exit: Promise<{ code: number; signal: number | undefined }>;
  kill(signal: string): void;
  /** Whether the glass shows the alternate screen. */
  isAlternate(): boolean;
}

export interface TerminalOptions {
  args?: readonly string[];
  cwd: string;
  env?: Record<string, string>;
  columns?: number;
  rows?: number;
}

const SLUICE = join(import.meta.dirname, "../../../bin/sluice");
/** The launcher may have to build first. */
const WAIT_MS = 30_000;
const POLL_MS = 20;

export function openTerminal({ args = [], cwd, env = {}, columns = 80, rows = 24 }: TerminalOptions): Terminal {
  const glass = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const clean = Object.fromEntries(
    Object.entries(process.env).filter((each): each is [string, string] => each[1] !== undefined),
  );
  const pty: IPty = spawn(SLUICE, [...args], {
    ...{ cwd, cols: columns, rows, name: "xterm-256color" },
    env: { ...clean, CI: "", NO_COLOR: "", ...env },
  });
  let written = "";
  pty.onData((data) => {
    written += data;
    glass.write(data);
  });
  // What the glass answers to questions, such as for its background, goes back as a terminal's answer does.
  glass.onData((data) => pty.write(data));
  let isOver = false;
  const exit = new Promise<{ code: number; signal: number | undefined }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      isOver = true;
      resolve({ code: exitCode, signal });
    });
  });
  onTestFinished(async () => {
    if (!isOver) pty.kill("SIGKILL");
    await exit;
  });
  const text = () =>
    Array.from(
      { length: glass.rows },
      (_, row) => glass.buffer.active.getLine(glass.buffer.active.viewportY + row)?.translateToString(true) ?? "",
    ).join("\n");
  return {
    ...{ pid: pty.pid, text, exit, written: () => written },
    send: (keys) => pty.write(keys),
    resize(width, height) {
      glass.resize(width, height);
      pty.resize(width, height);
    },
    async shows(wanted, limit_ms = WAIT_MS) {
      const end = performance.now() + limit_ms;
      const isThere = () => (typeof wanted === "string" ? text().includes(wanted) : wanted.test(text()));
      while (!isThere()) {
        if (performance.now() > end) throw new Error(`the terminal does not show ${wanted}:\n${text()}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    kill: (signal) => pty.kill(signal),
    isAlternate: () => glass.buffer.active.type === "alternate",
  };
}
