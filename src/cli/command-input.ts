import { SluiceError } from "../core/errors.ts";
import type { CommandInput, CommandSpec } from "./command.ts";

/** Gives a command's run typed access to what commander parsed. */
export function createInput(
  spec: CommandSpec,
  args: readonly unknown[],
  options: Record<string, unknown>,
): CommandInput {
  const positions = new Map((spec.arguments ?? []).map((argument, index) => [argument.name, args[index]]));
  const optionalText = (value: unknown) => (typeof value === "string" ? value : undefined);
  const number = (name: string, pattern: RegExp, what: string) => {
    const text = optionalText(options[camelCase(name)]);
    if (text === undefined) return undefined;
    if (!pattern.test(text)) throw new SluiceError("usage", `--${name} takes ${what}, not "${text}".`);
    return Number(text);
  };
  return {
    argument: (name) => optionalText(positions.get(name)) ?? "",
    optionalArgument: (name) => optionalText(positions.get(name)),
    arguments: (name) => strings(positions.get(name)),
    flag: (name) => options[camelCase(name)] === true,
    text: (name) => optionalText(options[camelCase(name)]),
    count: (name) => number(name, /^\d{1,9}$/, "a whole number"),
    amount: (name) => number(name, /^\d{1,9}(\.\d+)?$/, "a number"),
    list: (name) => strings(options[camelCase(name)]),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The key under which commander keeps `--dry-run`. */
function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
