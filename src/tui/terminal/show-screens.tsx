import { join } from "node:path";
import { type Instance, render } from "ink";
import { App } from "../app.tsx";
import { readScreens } from "../screens/screen-list.ts";
import type { Session, TerminalControl } from "../session.ts";
import { themeOf } from "../theme/theme.ts";
import { ASK_BACKGROUND, backgroundOfReply } from "./background.ts";
import { clipboardSequence } from "./clipboard.ts";
import { writeCrashFile } from "./crash-file.ts";
import { PacedInput } from "./paced-input.ts";

/** Frames a second that Ink may draw: enough that a key is answered within one refresh of a monitor. */
const MOST_FRAMES = 60;
/** The first screen has its rows by then. */
const READ_SCREENS_AFTER_MS = 300;
const CRASHED = 1;
/** 128 + the signal's number, as shells count. */
const EXIT_OF_SIGNAL = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;

/** Ink's own way to hand the terminal over; known once the first screen is drawn. */
export type Lend = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Draws the screens until somebody leaves. However that happens (a key, a signal, a defect), the terminal is as it was
 * before when this resolves. Runs are processes of their own and go on.
 */
export async function showScreens(session: Session): Promise<number> {
  const { host } = session;
  const ending = new Ending();
  const input = new PacedInput(host.stdin, (reply) => takeReply(session, reply));
  const screen = { lend: ((work) => work()) as Lend };
  const instance = render(<App session={session} onLend={(lend) => (screen.lend = lend)} />, {
    stdin: input as unknown as NodeJS.ReadableStream,
    stdout: host.stdout,
    stderr: host.stderr,
    alternateScreen: !session.isScreenReader,
    isScreenReaderEnabled: session.isScreenReader,
    incrementalRendering: true,
    interactive: true,
    maxFps: MOST_FRAMES,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  session.attach(controlOf(session, instance, { screen, ending }));
  const stopListening = ending.listen();
  instance.waitUntilExit().catch((error) => ending.crash(error));
  session.open();
  const reading = setTimeout(() => void readScreens(), READ_SCREENS_AFTER_MS);
  if (session.themeName === "auto") host.stdout.write(ASK_BACKGROUND);
  try {
    const { code, error } = await ending.reached;
    const where = placeOf(session);
    leave(instance, input);
    if (error !== undefined) await reportCrash(session, where, error);
    return code;
  } finally {
    clearTimeout(reading);
    session.close();
    stopListening();
  }
}

/** The first reason to end wins. */
class Ending {
  readonly #settled = Promise.withResolvers<{ code: number; error?: unknown }>();
  readonly reached = this.#settled.promise;
  #isLent = false;

  exit(code: number): void {
    this.#settled.resolve({ code });
  }

  crash(error: unknown): void {
    this.#settled.resolve({ code: CRASHED, error });
  }

  /** While somebody else has the terminal, ctrl-c is theirs. */
  async whileLent<T>(work: () => Promise<T>): Promise<T> {
    this.#isLent = true;
    try {
      return await work();
    } finally {
      this.#isLent = false;
    }
  }

  /** Signals and defects that nothing else catches. */
  listen(): () => void {
    const onSignal = (signal: keyof typeof EXIT_OF_SIGNAL) => {
      if (signal !== "SIGINT" || !this.#isLent) this.exit(EXIT_OF_SIGNAL[signal]);
    };
    const onDefect = (error: unknown) => this.crash(error ?? new Error("something threw nothing"));
    const signals = Object.keys(EXIT_OF_SIGNAL) as (keyof typeof EXIT_OF_SIGNAL)[];
    for (const signal of signals) process.on(signal, onSignal);
    process.on("uncaughtException", onDefect).on("unhandledRejection", onDefect);
    return () => {
      for (const signal of signals) process.off(signal, onSignal);
      process.off("uncaughtException", onDefect).off("unhandledRejection", onDefect);
    };
  }
}

/** Also when drawing fails once more on the way out, the terminal's input must be free again. */
function leave(instance: Instance, input: PacedInput): void {
  try {
    instance.unmount();
  } finally {
    input.setRawMode(false).unref();
  }
}

interface Parts {
  screen: { lend: Lend };
  ending: Ending;
}

function controlOf(session: Session, instance: Instance, { screen, ending }: Parts): TerminalControl {
  const { stdout, env } = session.host;
  return {
    copy(text) {
      const sequence = clipboardSequence(text, env);
      if (sequence !== undefined) stdout.write(sequence);
      return sequence !== undefined;
    },
    lend: (work) => ending.whileLent(() => screen.lend(work)),
    suspend() {
      const continued = () => new Promise<void>((resolve) => process.once("SIGCONT", () => resolve()));
      void screen.lend(() => {
        const back = continued();
        process.kill(process.pid, "SIGTSTP");
        return back;
      });
    },
    redraw: () => instance.clear(),
    exit: (code) => ending.exit(code),
  };
}

function takeReply(session: Session, reply: string): void {
  const background = backgroundOfReply(reply);
  if (background !== undefined && session.themeName === "auto") session.theme.set(themeOf("auto", background));
}

function placeOf({ router }: Session): string {
  return router
    .get()
    .map(({ place }) => Object.values(place).join("/"))
    .join(" › ");
}

async function reportCrash(session: Session, where: string, error: unknown): Promise<void> {
  const { host, redactor, clock, workspace, runs } = session;
  const { columns, rows } = host.stdout;
  const file = await writeCrashFile(join(workspace.paths.internal, "crashes"), {
    ...{ error, where, at: clock.now(), version: host.version, size: { columns, rows } },
    redact: (text) => redactor.text(text),
  });
  const live = runs.get().live.size;
  const lines = [
    `The screens of Sluice have failed: ${redactor.text(error instanceof Error ? error.message : String(error))}`,
    ...(live === 0
      ? []
      : [`${live === 1 ? "A run is" : `${live} runs are`} going on and not touched by this: \`sluice runs list\`.`]),
    file === undefined ? "No report could be written." : `What is needed to find the defect is in ${file}`,
  ];
  host.stderr.write(`${lines.join("\n")}\n`);
}
