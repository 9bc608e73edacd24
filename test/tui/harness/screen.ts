import { PassThrough, Writable } from "node:stream";
import xterm from "@xterm/headless";
import { onTestFinished } from "vitest";
import { readScreens } from "../../../src/tui/screens/screen-list.ts";
import { createSession, type Session, type SessionOptions } from "../../../src/tui/session.ts";
import { showScreens } from "../../../src/tui/terminal/show-screens.tsx";
import type { TuiHost } from "../../../src/tui/tui-host.ts";
import { CONNECTORS } from "../../runner/test-workspace.ts";
import { type StyledText, stylesOf } from "./styles.ts";

/** The screens on a terminal that is a real one in all but the glass. */
export interface TestScreen {
  session: Session;
  /** What a person sees: the lines without the blanks at their ends. */
  text(): string;
  lines(): string[];
  /** All that was drawn and not cleared, also what has gone out of sight at the top. */
  allLines(): string[];
  /** What does not look plain, line by line. */
  styles(): StyledText[][];
  /** Everything that was written, for looking at escape sequences. */
  written(): string;
  /** Presses keys one after the other: `"j"`, `"enter"`, `"ctrl+d"`. Resolves when the screen is quiet. */
  press(...keys: string[]): Promise<void>;
  /** Sends text as it comes, in one read. */
  type(text: string): Promise<void>;
  paste(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  size(): { columns: number; rows: number };
  /** Resolves when the screen shows the text; fails with the screen in the message. */
  shows(text: string | RegExp): Promise<void>;
  /** As `shows`, for what is not text: resolves when the condition holds and the screen is quiet. */
  until(condition: () => boolean): Promise<void>;
  /** The exit code, once the screens are left. */
  exit: Promise<number>;
}

export interface ScreenOptions extends SessionOptions {
  /** The workspace's folder. */
  workspace: string;
  columns?: number;
  rows?: number;
  env?: NodeJS.ProcessEnv;
  clock?: TuiHost["clock"];
  /** Where Sluice's connectors are; those of the runner's tests unless given. */
  connectors?: string;
}

/** A machine with much else to do needs many seconds for what takes one otherwise. */
const WAIT_MS = 30_000;
const POLL_MS = 10;
/** For what is between the terminal and the first key. */
const SPARE_TURNS = 5;
/** The screen is quiet when nothing was written for this long. */
const QUIET_MS = 40;

export async function openScreen({
  columns = 80,
  rows = 24,
  env = {},
  clock,
  connectors = CONNECTORS,
  ...options
}: ScreenOptions): Promise<TestScreen> {
  const glass = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  const stdout = new Glass(glass);
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const host: TuiHost = {
    ...{ stdin, stdout: stdout as unknown as NodeJS.WriteStream, stderr: new PassThrough(), env },
    ...{ cwd: options.workspace, version: "0.0.0-test", connectors: { builtin: connectors } },
    program: { command: process.execPath, args: [new URL("../../../src/main.ts", import.meta.url).pathname] },
    ...(clock === undefined ? {} : { clock }),
  };
  // They are read from source here, which takes longer than people who press keys would wait.
  await readScreens();
  const session = createSession(host, options);
  const exit = showScreens(session);
  onTestFinished(async () => {
    session.terminal.exit(0);
    await exit;
  });
  const quiet = () => settled(stdout);
  const screen: TestScreen = {
    ...{ session, exit },
    text: () => linesOf(glass).join("\n"),
    lines: () => linesOf(glass),
    allLines: () => rowsOf(glass, 0).map((line) => line.translateToString(true)),
    styles: () => rowsOf(glass, glass.buffer.active.viewportY).map(stylesOf),
    written: () => stdout.written,
    async press(...keys) {
      for (const key of keys) {
        stdin.write(sequenceOf(key));
        // A lone Esc becomes a key only when nothing follows it.
        if (key === "esc") await sleep(QUIET_MS * 2);
        await turns(1);
      }
      await quiet();
    },
    async type(text) {
      stdin.write(text);
      await turns(text.length);
      await quiet();
    },
    async paste(text) {
      stdin.write(`\u001b[200~${text}\u001b[201~`);
      await quiet();
    },
    async resize(width, height) {
      glass.resize(width, height);
      stdout.resize(width, height);
      await quiet();
    },
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    shows: (wanted) =>
      waitFor(screen, `show ${wanted}`, () =>
        typeof wanted === "string" ? screen.text().includes(wanted) : wanted.test(screen.text()),
      ),
    async until(condition) {
      await waitFor(screen, `come to hold ${condition}`, condition);
      await quiet();
    },
  };
  await quiet();
  return screen;
}

class Glass extends Writable {
  readonly isTTY = true;
  readonly #glass: xterm.Terminal;
  columns: number;
  rows: number;
  written = "";
  lastWrite = performance.now();

  constructor(glass: xterm.Terminal) {
    super();
    this.#glass = glass;
    this.columns = glass.cols;
    this.rows = glass.rows;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString("utf8");
    this.lastWrite = performance.now();
    this.#glass.write(chunk, done);
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit("resize");
  }
}

function linesOf(glass: xterm.Terminal): string[] {
  return rowsOf(glass, glass.buffer.active.viewportY).map((line) => line.translateToString(true));
}

function rowsOf({ buffer: { active } }: xterm.Terminal, first: number): xterm.IBufferLine[] {
  return Array.from({ length: active.length - first }, (_, row) => active.getLine(first + row)).filter(
    (line) => line !== undefined,
  );
}

/** Input is taken one key in each turn of the event loop, and ours is the same loop. */
async function turns(keys: number): Promise<void> {
  for (let turn = 0; turn < keys + SPARE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function settled(stdout: Glass): Promise<void> {
  await sleep(QUIET_MS);
  while (performance.now() - stdout.lastWrite < QUIET_MS) await sleep(POLL_MS);
}

async function waitFor(screen: TestScreen, what: string, isThere: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!isThere()) {
    if (performance.now() > end) throw new Error(`the screen does not ${what}:\n${screen.text()}`);
    await sleep(POLL_MS);
  }
}

const SEQUENCES: Readonly<Record<string, string>> = {
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  left: "\u001b[D",
  home: "\u001b[H",
  end: "\u001b[F",
  pageup: "\u001b[5~",
  pagedown: "\u001b[6~",
  delete: "\u001b[3~",
  enter: "\r",
  esc: "\u001b",
  tab: "\t",
  "shift+tab": "\u001b[Z",
  backspace: "\u007f",
  space: " ",
};

function sequenceOf(key: string): string {
  if (key.startsWith("ctrl+")) return String.fromCharCode(key.charCodeAt(5) & 0x1f);
  if (key.startsWith("alt+")) return `\u001b${sequenceOf(key.slice(4))}`;
  return SEQUENCES[key] ?? key;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
