import { join } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";

/** Sluice as it is built, on a real pseudo-terminal. */
export interface Terminal {
  pid: number;
  text(): string;
  /** Everything that was written, for looking at escape sequences. */
  written(): string;
  /** Pictures that were drawn so far. */
  frames(): number;
  send(text: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves when the screen shows the text; fails with the screen in the message. */
  shows(text: string | RegExp, limit_ms?: number): Promise<void>;
  /** As `shows`, for any other condition. */
  until(condition: () => boolean, limit_ms?: number): Promise<void>;
  exit: Promise<{ code: number; signal: number | undefined }>;
  /** As `exit`, but fails with the screen in the message when the program asks something instead of ending. */
  ends(limit_ms?: number): Promise<{ code: number; signal: number | undefined }>;
  kill(signal: string): void;
  /** Whether the glass shows the alternate screen. */
  isAlternate(): boolean;
  /** Ends the program by force if it still runs. */
  close(): Promise<void>;
}

export interface TerminalOptions {
  args?: readonly string[];
  cwd: string;
  env?: Record<string, string>;
  columns?: number;
  rows?: number;
}

interface Program extends Omit<TerminalOptions, "args"> {
  command: readonly [string, ...string[]];
}

const SLUICE = join(import.meta.dirname, "../../../bin/sluice");
/** The launcher may have to build first. */
const WAIT_MS = 60_000;
const POLL_MS = 20;
/** What Ink writes before each picture. */
const FRAME = "\u001b[?2026h";

export function startTerminal({ args = [], ...options }: TerminalOptions): Terminal {
  return startProgram({ ...options, command: [SLUICE, ...args] });
}

/** Leaves its process id in the file `pid`, and tells the terminal's settings once Sluice is gone. */
const SHELL = `
sh -c 'echo $$ > pid; exec "$0" "$@"' "$0" "$@"
echo "ended with $?"
stty -a`;

/** As `startTerminal`, from a shell that has the terminal back afterwards. */
export function startShell({ args = [], ...options }: TerminalOptions): Terminal {
  return startProgram({ ...options, command: ["sh", "-c", SHELL, SLUICE, ...args] });
}

function startProgram({ command, cwd, env = {}, columns = 80, rows = 24 }: Program): Terminal {
  const [program, ...args] = command;
  const glass = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const clean = Object.fromEntries(
    Object.entries(process.env).filter((each): each is [string, string] => each[1] !== undefined),
  );
  const pty: IPty = spawn(program, args, {
    ...{ cwd, cols: columns, rows, name: "xterm-256color" },
    env: { ...clean, CI: "", NO_COLOR: "", ...env },
  });
  let written = "";
  let frames = 0;
  pty.onData((data) => {
    written += data;
    frames += data.split(FRAME).length - 1;
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
  const text = () =>
    Array.from(
      { length: glass.rows },
      (_, row) => glass.buffer.active.getLine(glass.buffer.active.viewportY + row)?.translateToString(true) ?? "",
    ).join("\n");
  return {
    ...{ pid: pty.pid, text, exit, written: () => written, frames: () => frames },
    send: (keys) => pty.write(keys),
    resize(width, height) {
      glass.resize(width, height);
      pty.resize(width, height);
    },
    until: (condition, limit_ms) => waitFor(text, `come to hold ${condition}`, condition, limit_ms),
    shows: (wanted, limit_ms) =>
      waitFor(
        text,
        `show ${wanted}`,
        () => (typeof wanted === "string" ? text().includes(wanted) : wanted.test(text())),
        limit_ms,
      ),
    async ends(limit_ms) {
      await waitFor(text, "see the program end", () => isOver, limit_ms);
      return exit;
    },
    kill: (signal) => pty.kill(signal),
    isAlternate: () => glass.buffer.active.type === "alternate",
    async close() {
      if (!isOver) pty.kill("SIGKILL");
      await exit;
    },
  };
}

async function waitFor(text: () => string, what: string, isThere: () => boolean, limit_ms = WAIT_MS): Promise<void> {
  const end = performance.now() + limit_ms;
  while (!isThere()) {
    if (performance.now() > end) throw new Error(`the terminal does not ${what}:\n${text()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
