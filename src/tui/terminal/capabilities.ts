import type { Environment } from "../../workspace/locate.ts";

export interface TerminalSize {
  columns: number;
  rows: number;
}

export interface TerminalState {
  stdin: { isTTY?: boolean | undefined };
  stdout: { isTTY?: boolean | undefined };
  env: Environment;
}

/** Why no screen can be drawn here, or undefined when one can. */
export function whyNoScreen({ stdin, stdout, env }: TerminalState): string | undefined {
  if (stdout.isTTY !== true) return "stdout is not a terminal";
  if (stdin.isTTY !== true) return "stdin is not a terminal";
  if (env.TERM === "dumb") return "TERM=dumb says that the terminal cannot move its cursor";
  if (isSet(env.CI)) return "CI is set, so nobody is there to look";
  return undefined;
}

/** What `NO_COLOR`, `FORCE_COLOR` and the terminal say. */
export function hasColours(env: Environment): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}
