import { Argument, Command, CommanderError, Option } from "commander";
import { SluiceError } from "../core/errors.ts";
import { type ArgumentSpec, type CommandSpec, isGroup, type OptionSpec, type TopLevelSpec } from "./command.ts";
import type { IndexEntry } from "./command-index.ts";
import { optionsOf } from "./global-options.ts";
import type { Io } from "./io.ts";

/** A command line that was understood. */
export interface Parsed {
  spec: CommandSpec;
  args: unknown[];
  options: Record<string, unknown>;
}

/**
 * Parses with commander. Only the command that is asked for is known in full; of the others the names are, for help and for
 * did-you-mean. Returns undefined when help was printed; throws `usage` for everything that is not understood.
 */
export async function parseCommandLine(
  argv: readonly string[],
  index: readonly IndexEntry[],
  io: Io,
): Promise<Parsed | undefined> {
  let parsed: Parsed | undefined;
  let asked: TopLevelSpec | undefined;
  const program = configure(new Command("sluice"), io);
  program.description("Moves data between the systems you already have, from a terminal.").usage("<command> [options]");
  program.option("-V, --version", "print the version");
  for (const entry of index) {
    const spec = entry.name === argv[0] ? await entry.load() : undefined;
    asked ??= spec;
    program.addCommand(commandOf(spec ?? entry, io, (found) => (parsed = found)));
  }
  program.addHelpText("after", PROGRAM_NOTES);
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    throw error instanceof CommanderError ? asUsageError(error, argv, asked) : error;
  }
  return parsed;
}

const PROGRAM_NOTES = `
Every command takes --workspace <folder> and --json. "sluice <command> --help" tells more.

Examples:
  sluice demo
  sluice connections add orders --type files --option path='data/orders-*.csv'
  sluice run orders

Exit codes: 0 success, 1 failed, 2 the command line was wrong, 3 configuration or credentials are wrong, 4 some of
several succeeded, 5 already running, 130 and 143 interrupted.`;

function commandOf(spec: TopLevelSpec | IndexEntry, io: Io, found: (parsed: Parsed) => void): Command {
  if ("load" in spec) return configure(new Command(spec.name), io).description(spec.summary);
  if (!isGroup(spec)) return leaf(spec, io, found);
  const group = configure(new Command(spec.name), io).description(spec.summary).usage("<command> [options]");
  for (const command of spec.commands) group.addCommand(leaf(command, io, found));
  return group;
}

function leaf(spec: CommandSpec, io: Io, found: (parsed: Parsed) => void): Command {
  const command = configure(new Command(spec.name), io)
    .summary(spec.summary)
    .description(spec.notes === undefined ? `${spec.summary}.` : `${spec.summary}.\n\n${spec.notes}`);
  for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument));
  for (const option of optionsOf(spec)) command.addOption(optionOf(option));
  if (spec.examples !== undefined) command.addHelpText("after", `\nExamples:\n${indent(spec.examples)}`);
  command.action((...given: unknown[]) => {
    const [options] = given.slice(-2);
    found({ spec, args: given.slice(0, -2), options: options as Record<string, unknown> });
  });
  return command;
}

function argumentOf(spec: ArgumentSpec): Argument {
  const name = spec.many ? `${spec.name}...` : spec.name;
  const argument = new Argument(spec.optional ? `[${name}]` : `<${name}>`, spec.description);
  return typeof spec.candidates === "object" ? argument.choices(spec.candidates) : argument;
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (typeof spec.candidates === "object") option.choices(spec.candidates);
  if (!spec.many) return option;
  return option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
}

function configure(command: Command, io: Io): Command {
  return command
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false, helpWidth: Math.min(io.stdout.columns || 100, 110) })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {},
    });
}

/** Commander's own wording, which names the place and guesses what was meant, with the way to more help. */
function asUsageError(error: CommanderError, argv: readonly string[], asked: TopLevelSpec | undefined): SluiceError {
  const command = asked === undefined ? [] : [asked.name];
  const help = `See \`${["sluice", ...command, "--help"].join(" ")}\`.`;
  if (error.code === "commander.help") return new SluiceError("usage", `A command is missing. ${help}`);
  const meant = error.code === "commander.unknownCommand" ? meantCommand(argv, asked) : undefined;
  if (meant !== undefined)
    return new SluiceError("usage", `Unknown command '${argv[1]}' (Did you mean ${meant}?) ${help}`);
  const message = error.message.replace(/^error: /, "").replace(/\n/g, " ");
  const end = /[.)]$/.test(message) ? "" : ".";
  const guess = error.code === "commander.excessArguments" ? meantOption(message, argv, asked) : "";
  return new SluiceError("usage", `${message.charAt(0).toUpperCase()}${message.slice(1)}${end}${guess} ${help}`);
}

/** A connection that was named without the option for it, to a command that takes no arguments. */
function meantOption(message: string, argv: readonly string[], asked: TopLevelSpec | undefined): string {
  const name = /got 1: ([a-z][a-z0-9_]*)\.?$/.exec(message)?.[1];
  const command = asked !== undefined && isGroup(asked) ? asked.commands.find((it) => it.name === argv[1]) : undefined;
  const option = command?.options?.find(({ candidates }) => candidates === "connection");
  if (name === undefined || option === undefined) return "";
  return ` Did you mean \`sluice ${asked?.name} ${command?.name} ${option.flags.split(" ")[0]} ${name}\`?`;
}

/** The command of a group that goes by another name elsewhere. */
function meantCommand([, word = ""]: readonly string[], asked: TopLevelSpec | undefined): string | undefined {
  if (asked === undefined || !isGroup(asked)) return undefined;
  return asked.commands.find(({ mistakenFor = [] }) => mistakenFor.includes(word))?.name;
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
