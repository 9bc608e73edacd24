import { asSluiceError, reportError, type SluiceError } from "../core/errors.ts";
import type { Answer, CommandContext, ScreensRequest } from "./command.ts";
import { commandIndex } from "./command-index.ts";
import type { Io, Product } from "./io.ts";

/**
 * Runs one command line and returns its exit code. Data goes to stdout, everything for people to stderr; with --json there
 * is exactly one document on stdout, `{"error": …}` when the command failed.
 */
export async function runCommandLine(argv: readonly string[], faces: Faces): Promise<number> {
  const { io, product, headless } = faces;
  const { globals, words } = splitGlobals(argv);
  if (words[0] === "help") words.splice(0, words.length, ...words.slice(1), "--help");
  if (words[0] === "__complete") {
    return (await import("./completion/complete.ts")).printCandidates(words.slice(1), {
      workspace: globals.workspace,
      io,
      product,
    });
  }
  if (words[0] === "headless" && !words.some((word) => word === "--help" || word === "-h")) {
    return headless(words.slice(1), globals.workspace);
  }
  const json = globals.json || asksForJson(words);
  try {
    return await execute(words, { ...globals, json }, faces);
  } catch (error) {
    return fail(asSluiceError(error), json, globals.workspace, io);
  }
}

export interface Faces {
  io: Io;
  product: Product;
  /** The headless runner reads its own arguments, and nobody else may write to its stdout. */
  headless(args: readonly string[], workspace: string | undefined): Promise<number>;
  /** The screens have the terminal to themselves until they are left. */
  screens(request: ScreensRequest): Promise<number>;
}

interface Globals {
  json: boolean;
  workspace: string | undefined;
}

async function execute(words: string[], globals: Globals, { io, product, screens }: Faces): Promise<number> {
  if (words.length === 0 && !globals.json && io.stdin.isTTY && io.stdout.isTTY) {
    return screens({ workspace: globals.workspace });
  }
  const { parseCommandLine } = await import("./program.ts");
  if (words.length === 0) {
    await parseCommandLine(["--help"], commandIndex, io);
    return 2;
  }
  if (words[0] === "--version" || words[0] === "-V") {
    io.stdout.write(`${product.version}\n`);
    return 0;
  }
  const parsed = await parseCommandLine(words, commandIndex, io);
  if (parsed === undefined) return 0;
  const { createContext } = await import("./command-context.ts");
  const { createInput } = await import("./command-input.ts");
  const context = createContext({
    io,
    product,
    json: globals.json || parsed.options.json === true,
    workspaceFlag: (parsed.options.workspace as string | undefined) ?? globals.workspace,
    screens,
  });
  const answer = await parsed.spec.run(context, createInput(parsed.spec, parsed.args, parsed.options));
  return await print(answer, context);
}

async function print(answer: Answer, context: CommandContext): Promise<number> {
  if (answer.streamed !== true) {
    const text = context.json ? JSON.stringify(answer.data, undefined, 2) : answer.text;
    const shown = answer.unredacted === true ? text : await redact(text, context.workspaceFlag, context.io);
    if (shown !== "") context.io.stdout.write(`${shown}\n`);
  }
  return answer.exit_code ?? 0;
}

async function fail(error: SluiceError, json: boolean, workspace: string | undefined, io: Io): Promise<number> {
  const { styleFor } = await import("./style.ts");
  const report = reportError(error);
  if (json) io.stdout.write(`${await redact(JSON.stringify({ error: report }, undefined, 2), workspace, io)}\n`);
  const style = styleFor(io.stderr, io.env);
  const unsaid = report.cause.filter((cause) => !report.message.includes(cause));
  const causes = unsaid.map((cause) => `\n  ${style.dim("because")} ${cause}`);
  const text = await redact(`${report.message}${causes.join("")}`, workspace, io);
  io.stderr.write(`${style.red("error")} ${style.dim(`[${error.code}]`)} ${text}\n`);
  return error.exitCode;
}

async function redact(text: string, workspace: string | undefined, io: Io): Promise<string> {
  const { redactorFor } = await import("./redactor.ts");
  return (await redactorFor(workspace, io)).text(text);
}

/** Global options may stand before the command; after it they belong to the command's own options. */
function splitGlobals(argv: readonly string[]): { globals: Globals; words: string[] } {
  const globals: Globals = { json: false, workspace: undefined };
  const words = [...argv];
  for (;;) {
    if (words[0] === "--json") globals.json = true;
    else if (words[0]?.startsWith("--workspace=")) globals.workspace = words[0].slice("--workspace=".length);
    else if (words[0] === "--workspace" && words.length > 1) globals.workspace = words.splice(1, 1)[0];
    else return { globals, words };
    words.shift();
  }
}

function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end === -1 ? words : words.slice(0, end)).includes("--json");
}
