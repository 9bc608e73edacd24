import type { Workspace } from "../workspace/locate.ts";
import type { Io, Product } from "./io.ts";
import type { Prompter } from "./prompt.ts";
import type { Style } from "./style.ts";

/*
 * Commands are data: parsing, help, completion and the documentation are all made from these specifications, so that they
 * cannot drift apart. A specification imports nothing heavy; what a command does is imported when it runs.
 */

/** What the shell may offer in a place: live names, files, or fixed words. */
export type Candidates =
  | "connection"
  | "stream"
  | "connector"
  | "run"
  | "kind"
  | "destination"
  | "tag"
  | "file"
  | "folder"
  | readonly string[];

export interface ArgumentSpec {
  name: string;
  description: string;
  optional?: boolean;
  /** Takes all that follow. */
  many?: boolean;
  candidates?: Candidates;
}

export interface OptionSpec {
  /** As commander reads them: `--stream <name>`, `-f, --follow`. */
  flags: string;
  description: string;
  /** May be given several times. */
  many?: boolean;
  candidates?: Candidates;
}

export interface CommandSpec {
  name: string;
  /** What else one may take it to be called: told to whoever types that. */
  mistakenFor?: readonly string[];
  summary: string;
  /** A few lines for the help: what a user would stumble over. */
  notes?: string;
  arguments?: readonly ArgumentSpec[];
  options?: readonly OptionSpec[];
  /** What --json gives, where it is not one document. */
  json?: string;
  examples?: readonly string[];
  run(context: CommandContext, input: CommandInput): Promise<Answer>;
}

export interface GroupSpec {
  name: string;
  summary: string;
  commands: readonly CommandSpec[];
}

export type TopLevelSpec = CommandSpec | GroupSpec;

export function isGroup(spec: TopLevelSpec): spec is GroupSpec {
  return "commands" in spec;
}

export interface CommandContext {
  io: Io;
  product: Product;
  /** One JSON document is wanted instead of text. */
  json: boolean;
  /** The workspace that --workspace, the environment or the current folder leads to. */
  workspace(): Promise<Workspace>;
  /** The folder given with --workspace, if any. */
  workspaceFlag: string | undefined;
  prompt: Prompter;
  /** Colours for stdout. */
  style: Style;
  /** A line for people on stderr. */
  say(line: string): void;
  /** Opens the screens; resolves to the exit code when they are left. */
  screens(request: ScreensRequest): Promise<number>;
}

/** Where and how the screens are to open. */
export interface ScreensRequest {
  workspace?: string | undefined;
  /** `connections/<name>`, `runs`, `runs/<id>`. */
  place?: string | undefined;
  theme?: string | undefined;
  screenReader?: boolean | undefined;
}

/** What was given on the command line, checked and by name. */
export interface CommandInput {
  /** A required argument. */
  argument(name: string): string;
  optionalArgument(name: string): string | undefined;
  /** All values of an argument that takes many. */
  arguments(name: string): string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** A whole number not below zero; anything else is a usage error. */
  count(name: string): number | undefined;
  /** A number not below zero; anything else is a usage error. */
  amount(name: string): number | undefined;
  list(name: string): string[];
}

/** What a command has to say: one document for --json, and the same for people. */
export interface Answer {
  data: unknown;
  text: string;
  /** 0 unless given. */
  exit_code?: number;
  /** The output is the very thing that was asked for and stays as it is, secrets included. */
  unredacted?: boolean;
  /** Everything was written already while the command ran. */
  streamed?: boolean;
}
