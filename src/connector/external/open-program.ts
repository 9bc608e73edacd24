import { join, resolve } from "node:path";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { Program, ProgramContext } from "./program-context.ts";
import { installPackage } from "./python-package.ts";

/** Where a program comes from, as a connection's options say it. */
export interface ProgramOptions {
  package?: string | undefined;
  python?: string | undefined;
  command?: string | undefined;
  args?: readonly string[] | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  timeout_s?: number | undefined;
}

export const DEFAULT_SILENCE_S = 1800;

/** A program of the system, or of a package that is installed if need be; `prefix` is how such programs are called. */
export async function openProgram(ctx: ProgramContext, options: ProgramOptions, prefix: string): Promise<Program> {
  const { package: name, python, command, args = [], env = {}, timeout_s = DEFAULT_SILENCE_S } = options;
  const program = { args, silence_ms: timeout_s * 1000 };
  if (name === undefined) {
    if (command === undefined) throw nothingToRun(ctx.connection);
    const path = command.includes("/") ? resolve(ctx.workspace, command) : command;
    return { ...program, name: lastPart(command), command: path, env: { ...process.env, ...env } };
  }
  const { bin, programs } = await installPackage(ctx, { package: name, python });
  const chosen = command ?? chooseProgram(name, programs, prefix);
  const path = `${bin}:${process.env["PATH"] ?? ""}`;
  return { ...program, name: chosen, command: join(bin, chosen), env: { ...process.env, PATH: path, ...env } };
}

function chooseProgram(name: string, programs: readonly string[], prefix: string): string {
  const [first, ...others] = programs.filter((program) => program.startsWith(prefix));
  const [only, ...more] = programs;
  const chosen = first !== undefined && others.length === 0 ? first : more.length === 0 ? only : undefined;
  if (chosen !== undefined) return chosen;
  const which = programs.length === 0 ? "none" : programs.join(", ");
  const message = `choosing the program of ${name}: it brings ${which}. Name one with the option \`command\`.`;
  throw new ConnectorError("connection_invalid", message, { details: { package: name, programs: [...programs] } });
}

function nothingToRun(connection: string): ConnectorError {
  const message = `running the program of ${connection}: neither \`package\` nor \`command\` says which. Set one of these options.`;
  return new ConnectorError("connection_invalid", message);
}

/** Options and secrets together; `__` in a secret's name leads into an object: `credentials__token`. */
export function configOf(config: JsonObject | undefined, secrets: Readonly<Record<string, string>>): JsonObject {
  const joined = structuredClone(config ?? {});
  for (const [name, value] of Object.entries(secrets)) {
    const keys = name.split("__");
    const last = keys.pop() as string;
    let holder = joined;
    for (const key of keys) {
      const inner = holder[key];
      const next = isJsonObject(inner ?? null) ? (inner as JsonObject) : {};
      holder[key] = next;
      holder = next;
    }
    holder[last] = value;
  }
  return joined;
}

function lastPart(path: string): string {
  return path.split("/").at(-1) as string;
}
