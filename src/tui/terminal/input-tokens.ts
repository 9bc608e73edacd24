import { graphemesOf } from "./graphemes.ts";

/**
 * Cuts what a terminal sends into what a person did. One read can hold many keys, half an escape sequence or a paste of
 * thousands of characters; a token is one grapheme, one whole escape sequence or one whole paste.
 */
export type InputToken =
  | { kind: "key"; text: string }
  | { kind: "paste"; text: string }
  /** What the terminal answers to a question of ours: OSC and DCS strings. */
  | { kind: "reply"; text: string };

const ESC = "\u001b";
const PASTE_START = `${ESC}[200~`;
const PASTE_END = `${ESC}[201~`;

/** CSI (the second form is the Linux console's function keys), SS3. */
const CONTROL_SEQUENCE = new RegExp(`^${ESC}(?:\\[\\[[A-E]|\\[[0-?]*[ -/]*[@-~]|O[ -~])`);
const UNFINISHED_SEQUENCE = new RegExp(`^${ESC}(?:\\[[0-?]*[ -/]*|O|\\[\\[)?$`);
/** OSC and DCS end in BEL or ESC \. */
const STRING_SEQUENCE = new RegExp(`^${ESC}[\\]P]([^\\u0007${ESC}]*)(?:\\u0007|${ESC}\\\\)`);
const STRING_START = new RegExp(`^${ESC}[\\]P]`);
/** No answer that we ask for is longer; more than this is no answer. */
const LONGEST_REPLY = 1024;

/** Terminals without bracketed paste send it as if typed. Nobody types this much between two reads. */
const TYPED_AT_MOST = 256;

export class InputTokenizer {
  #held = "";
  #paste: string | undefined;

  /** The tokens that are complete with this text; the rest is held back. */
  push(text: string): InputToken[] {
    const tokens: InputToken[] = [];
    let rest = this.#held + text;
    this.#held = "";
    while (rest !== "") {
      const before = rest.length;
      rest = this.#paste === undefined ? this.#takeKeys(rest, tokens) : this.#takePaste(rest, this.#paste, tokens);
      if (rest.length === before) break;
    }
    this.#held = rest;
    return tokens;
  }

  /** True when something waits that may be a key by itself, such as Esc. A paste waits for its end. */
  get isWaiting(): boolean {
    return this.#held !== "" && this.#paste === undefined;
  }

  /** Gives up waiting: what was held back was typed. */
  flush(): InputToken[] {
    if (!this.isWaiting) return [];
    const text = this.#held;
    this.#held = "";
    return text === ESC || text.length > 2 ? [{ kind: "key", text }] : keysOf(text);
  }

  #takeKeys(text: string, tokens: InputToken[]): string {
    const start = text.indexOf(ESC);
    if (start !== 0) {
      const typed = start === -1 ? text : text.slice(0, start);
      tokens.push(...typedTokens(typed));
      return text.slice(typed.length);
    }
    if (text.startsWith(PASTE_START)) {
      this.#paste = "";
      return text.slice(PASTE_START.length);
    }
    return takeEscape(text, tokens);
  }

  /** The end mark may come in two reads, so its possible beginning is held back. */
  #takePaste(text: string, pasted: string, tokens: InputToken[]): string {
    const end = text.indexOf(PASTE_END);
    if (end === -1) {
      const keep = Math.min(text.length, PASTE_END.length - 1);
      const tail = text.slice(text.length - keep);
      const mark = tail.lastIndexOf(ESC);
      const sure = mark === -1 || !PASTE_END.startsWith(tail.slice(mark)) ? text.length : text.length - keep + mark;
      this.#paste = pasted + text.slice(0, sure);
      return text.slice(sure);
    }
    tokens.push({ kind: "paste", text: withLineFeeds(pasted + text.slice(0, end)) });
    this.#paste = undefined;
    return text.slice(end + PASTE_END.length);
  }
}

function takeEscape(text: string, tokens: InputToken[]): string {
  if (UNFINISHED_SEQUENCE.test(text)) return text;
  const [sequence] = CONTROL_SEQUENCE.exec(text) ?? [];
  if (sequence !== undefined) {
    tokens.push({ kind: "key", text: sequence });
    return text.slice(sequence.length);
  }
  if (STRING_START.test(text)) {
    const [reply] = STRING_SEQUENCE.exec(text) ?? [];
    if (reply === undefined && text.length <= LONGEST_REPLY) return text;
    if (reply !== undefined) tokens.push({ kind: "reply", text: reply });
    return text.slice(reply?.length ?? 2);
  }
  if (text[1] === ESC) {
    tokens.push({ kind: "key", text: ESC });
    return text.slice(1);
  }
  // Alt with a key is Esc and the key.
  const [key = ""] = splitGraphemes(text.slice(1));
  tokens.push({ kind: "key", text: ESC + key });
  return text.slice(1 + key.length);
}

function typedTokens(text: string): InputToken[] {
  const isPaste = text.length > TYPED_AT_MOST && new Set(text).size > 1;
  return isPaste ? [{ kind: "paste", text: withLineFeeds(text) }] : keysOf(text);
}

function keysOf(text: string): InputToken[] {
  return splitGraphemes(text.replaceAll("\r\n", "\r")).map((key) => ({ kind: "key", text: key }));
}

function splitGraphemes(text: string): string[] {
  return Array.from(graphemesOf(text), ({ segment }) => segment);
}

/** Terminals send the line ends of a paste as CR. */
function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
