import type { Io, Output } from "./io.ts";

export interface Style {
  colours: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Colours for a stream: NO_COLOR and TERM=dumb forbid them, FORCE_COLOR demands them, else a terminal decides. */
export function styleFor(output: Output, env: Io["env"]): Style {
  const colours = wantsColours(output, env);
  const paint = (open: number, close: number) => (text: string) =>
    colours && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    colours,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

function wantsColours(output: Output, env: Io["env"]): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return env.TERM !== "dumb" && output.isTTY === true;
}
