import { type Candidates, type CommandSpec, isGroup, type OptionSpec } from "../command.ts";
import { commandIndex } from "../command-index.ts";
import { globalOptions, optionsOf } from "../global-options.ts";
import { type Candidate, candidateNames, type Place } from "./live-names.ts";

/**
 * Prints what may stand in the place of the last word, one `word<TAB>description` a line, or `:file` or `:folder` where
 * the shell itself knows better. Never fails: a shell has no place for errors while somebody types.
 */
export async function printCandidates(typed: string[], given: Omit<Place, "line">): Promise<number> {
  const { words, prefix } = apart(typed);
  const place = { ...given, line: words.slice(0, -1) };
  const offered = await candidatesFor(words.slice(0, -1), words.at(-1) ?? "", place).catch(() => []);
  const found = offered.map(({ word, description }) => ({ word: `${prefix}${word}`, description }));
  const lines = found.map(({ word, description }) => (description === "" ? word : `${word}\t${description}`));
  if (lines.length > 0) place.io.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/**
 * `--tag=shop` as `--tag shop`, with what a candidate must begin with to stand in the same place. Bash breaks the word at
 * its `=` itself, and puts in only what comes after.
 */
function apart(typed: string[]): { words: string[]; prefix: string } {
  const current = typed.at(-1) ?? "";
  const flag = /^(--[a-z-]+)=(.*)$/s.exec(current);
  if (flag !== null) return { words: [...typed.slice(0, -1), flag[1] ?? "", flag[2] ?? ""], prefix: `${flag[1]}=` };
  if (current === "=") return { words: [...typed.slice(0, -1), ""], prefix: "" };
  if (typed.at(-2) === "=") return { words: [...typed.slice(0, -2), current], prefix: "" };
  return { words: typed, prefix: "" };
}

async function candidatesFor(before: string[], current: string, given: Place): Promise<Candidate[]> {
  const words = withoutGlobals(before);
  const place = { ...given, workspace: workspaceIn(before) ?? given.workspace };
  const entry = commandIndex.find(({ name }) => name === words[0]);
  if (words.length === 0) return matching([...commandIndex.map(described), ...optionWords(globalOptions)], current);
  if (entry === undefined) return [];
  const spec = await entry.load();
  if (!isGroup(spec)) return withinCommand(spec, words.slice(1), current, place);
  if (words.length === 1) return matching(spec.commands.map(described), current);
  const command = spec.commands.find(({ name }) => name === words[1]);
  return command === undefined ? [] : withinCommand(command, words.slice(2), current, place);
}

async function withinCommand(spec: CommandSpec, words: string[], current: string, place: Place): Promise<Candidate[]> {
  const options = optionsOf(spec);
  const awaiting = optionAwaitingValue(options, words.at(-1));
  if (awaiting !== undefined) return offer(awaiting.candidates, current, place);
  if (current.startsWith("-")) return matching(optionWords(options), current);
  const position = positionalsIn(options, words);
  const known = spec.arguments ?? [];
  const last = known.at(-1);
  const argument = known[position.length] ?? (last?.many === true ? last : undefined);
  const offered = await offer(argument?.candidates, current, place);
  return offered.filter(({ word }) => argument?.many !== true || !position.includes(word));
}

async function offer(candidates: Candidates | undefined, current: string, place: Place): Promise<Candidate[]> {
  if (candidates === undefined) return [];
  if (candidates === "file" || candidates === "folder") return [{ word: `:${candidates}`, description: "" }];
  if (typeof candidates !== "string") return matching(candidates.map(plain), current);
  return matching(await candidateNames(candidates, place), current);
}

function optionAwaitingValue(options: readonly OptionSpec[], word: string | undefined): OptionSpec | undefined {
  if (word === undefined || !word.startsWith("-")) return undefined;
  return options.find((option) => takesValue(option) && spellings(option).includes(word));
}

/** The words that are neither options nor their values. */
function positionalsIn(options: readonly OptionSpec[], words: readonly string[]): string[] {
  return words.filter(
    (word, index) => !word.startsWith("-") && optionAwaitingValue(options, words[index - 1]) === undefined,
  );
}

function takesValue(option: OptionSpec): boolean {
  return option.flags.includes("<");
}

/** `-f` and `--follow` of `-f, --follow`. */
function spellings(option: OptionSpec): string[] {
  return option.flags.split(/[ ,]+/).filter((part) => part.startsWith("-"));
}

function optionWords(options: readonly OptionSpec[]): Candidate[] {
  return options.flatMap((option) => spellings(option).map((word) => ({ word, description: option.description })));
}

function described(entry: { name: string; summary: string }): Candidate {
  return { word: entry.name, description: entry.summary };
}

function plain(word: string): Candidate {
  return { word, description: "" };
}

function matching(candidates: readonly Candidate[], current: string): Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(current));
}

/** Drops --json and --workspace before the command. */
function withoutGlobals(before: string[]): string[] {
  const words = [...before];
  while (words[0] === "--json" || words[0]?.startsWith("--workspace")) {
    words.splice(0, words[0] === "--workspace" ? 2 : 1);
  }
  return words;
}

function workspaceIn(words: readonly string[]): string | undefined {
  const flag = words.indexOf("--workspace");
  return flag === -1 ? undefined : words[flag + 1];
}
