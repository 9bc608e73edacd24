import type { Environment } from "../../workspace/locate.ts";

/** Many terminals refuse longer ones. */
const MOST_BYTES = 74_000;

/** The sequence by which a terminal puts text on the clipboard (OSC 52), or undefined when it is too long for that. */
export function clipboardSequence(text: string, env: Environment): string | undefined {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > MOST_BYTES) return undefined;
  const sequence = `\u001b]52;c;${bytes.toString("base64")}\u0007`;
  // GNU screen passes on what is wrapped; tmux takes the plain form.
  return env.STY === undefined || env.TMUX !== undefined ? sequence : `\u001bP${sequence}\u001b\\`;
}
