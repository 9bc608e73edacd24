import { readFileSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import type { ScreensRequest } from "./cli/command.ts";
import type { Io, Product } from "./cli/io.ts";
import { SluiceError } from "./core/errors.ts";
import type { TuiHost } from "./tui/tui-host.ts";

/** 128 + the signal's number, as shells count. */
const EXIT_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** What a process that a screen has started is told to do; no command for people. */
const STARTED_RUN = "__run";

/** The first screen is drawn by then, and nothing else waits. */
const KEEP_COMPILED_AFTER_MS = 1_500;

/** Set when what was printed could not be written, for example into a file on a full disk. */
let outputFailure: Error | undefined;

const isBuilt = import.meta.filename.endsWith(".js");
const product = describeProduct();
const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.write(`${product.version}\n`);
} else if (argv[0] === STARTED_RUN) {
  rememberCompiled();
  const { startedRun } = await import("./tui/started-run.ts");
  process.exitCode = await startedRun(argv[1] ?? "", { ...processIo(), ...product });
} else {
  rememberCompiled();
  const { runCommandLine } = await import("./cli/command-line.ts");
  const io = processIo();
  const headless = async (args: readonly string[], workspace: string | undefined) => {
    const { headlessCommand } = await import("./headless/headless-command.ts");
    const { version, connectors } = product;
    return headlessCommand(args, { ...io, version, connectors, ...(workspace === undefined ? {} : { workspace }) });
  };
  const screens = async ({ theme, ...request }: ScreensRequest) => {
    const { openTui, themeNamed } = await import("./tui/open-tui.ts");
    // Else it is written at the end, which nobody sees who closes the window or is killed.
    setTimeout(() => module.flushCompileCache(), KEEP_COMPILED_AFTER_MS).unref();
    return openTui(tuiHost(), { ...request, theme: themeNamed(theme) });
  };
  const code = await runCommandLine(argv, { io, product, headless, screens });
  process.exitCode = outputFailure === undefined || code !== 0 ? code : 1;
}

/** What V8 has made of the build's files: compiling them takes half of a short command's time. */
function rememberCompiled(): void {
  if (isBuilt) module.enableCompileCache(join(import.meta.dirname, ".compile-cache"));
}

/** This file stands one folder below the package's, as source and as build. */
function describeProduct(): Product {
  const root = dirname(import.meta.dirname);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const builtinSource = join(root, "connectors");
  const builtin = isBuilt ? join(import.meta.dirname, "connectors") : builtinSource;
  return { version, root, connectors: { builtin, builtinSource } };
}

/** Screens start runs as processes of their own, with the Node and the flags that run us. */
function tuiHost(): TuiHost {
  const { stdin, stdout, stderr, env, execPath, execArgv } = process;
  const { version, connectors } = product;
  const program = { command: execPath, args: [...execArgv, import.meta.filename] };
  return { stdin, stdout, stderr, env, cwd: process.cwd(), version, connectors, program };
}

function processIo(): Io {
  noteOutputFailure(process.stdout);
  noteOutputFailure(process.stderr);
  let interruption: AbortSignal | undefined;
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    interruption() {
      interruption ??= listenForSignals();
      return interruption;
    },
  };
}

/**
 * `sluice runs list | head -1` closes the pipe early, which is the reader's right. Any other failure makes the exit code
 * tell, but does not end a run that is under way.
 */
function noteOutputFailure(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") outputFailure = error;
  });
}

function listenForSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_OF_SIGNAL[signal]);
      controller.abort(reasonFor(signal));
    });
  }
  // Without a listener a limit on the size of files (ulimit -f) kills; with one the write that meets it fails.
  process.on("SIGXFSZ", () => {});
  process.on("unhandledRejection", (error) => {
    const message = `a promise was rejected and nobody was waiting for it: ${error instanceof Error ? error.message : error}`;
    controller.abort(new SluiceError("internal", message, { cause: error }));
  });
  return controller.signal;
}

function reasonFor(signal: keyof typeof EXIT_OF_SIGNAL): SluiceError {
  return new SluiceError(
    signal === "SIGINT" ? "interrupted" : "terminated",
    `${signal} was received. What was committed stays; run again to continue.`,
  );
}
