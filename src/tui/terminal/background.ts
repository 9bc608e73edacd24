import type { Environment } from "../../workspace/locate.ts";

/** Asks for the background's colour; terminals that know answer on stdin, the others say nothing. */
export const ASK_BACKGROUND = "\u001b]11;?\u0007";

export type Background = "dark" | "light";

/** Of an answer to `ASK_BACKGROUND`: `ESC ] 11 ; rgb:ffff/ffff/ffff BEL`. */
export function backgroundOfReply(reply: string): Background | undefined {
  const [, red, green, blue] = /\]11;rgba?:([0-9a-f]+)\/([0-9a-f]+)\/([0-9a-f]+)/i.exec(reply) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  // How bright an eye finds the three colours (ITU-R BT.709).
  const brightness = 0.2126 * share(red) + 0.7152 * share(green) + 0.0722 * share(blue);
  return brightness > 0.5 ? "light" : "dark";
}

/** `COLORFGBG=0;15`, which some terminals set; 7 and 15 are white. */
export function backgroundOfEnvironment(env: Environment): Background {
  const colour = env.COLORFGBG?.split(";").at(-1);
  return colour === "7" || colour === "15" ? "light" : "dark";
}

function share(hex: string): number {
  return Number.parseInt(hex, 16) / (16 ** hex.length - 1);
}
