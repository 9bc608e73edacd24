import { EventEmitter } from "node:events";
import { type InputToken, InputTokenizer } from "./input-tokens.ts";

/** What a terminal's input must be able to do. */
export type TerminalInput = NodeJS.ReadableStream & {
  isTTY?: boolean | undefined;
  setRawMode?: (raw: boolean) => unknown;
  ref?: () => unknown;
  unref?: () => unknown;
};

/** Within this time the rest of an escape sequence arrives; a lone Esc is a key after it. */
const SEQUENCE_WAIT_MS = 20;

/** Ink waits for 20 ms by itself whether a lone Esc is the beginning of more; the next key must not become that. */
const INK_WAIT_MS = 25;

/**
 * Stands between the terminal and Ink. It gives Ink one token in each turn of the event loop, so that every key meets a
 * screen that has already drawn what the key before it changed. While Ink has raw mode off, the terminal's input is not
 * touched: it belongs to an editor then.
 */
export class PacedInput extends EventEmitter {
  readonly isTTY = true;
  readonly #source: TerminalInput;
  readonly #onReply: (reply: string) => void;
  readonly #tokenizer = new InputTokenizer();
  readonly #waiting: string[] = [];
  #next: string | null = null;
  #turn: NodeJS.Immediate | undefined;
  #pause: NodeJS.Timeout | undefined;
  #escape: NodeJS.Timeout | undefined;

  constructor(source: TerminalInput, onReply: (reply: string) => void) {
    super();
    this.#source = source;
    this.#onReply = onReply;
  }

  setRawMode(raw: boolean): this {
    this.#source.setRawMode?.(raw);
    if (raw) {
      this.#source.setEncoding("utf8");
      this.#source.on("data", this.#take);
      this.#source.resume();
    } else {
      this.#source.off("data", this.#take);
      this.#source.pause();
      clearTimeout(this.#escape);
      clearTimeout(this.#pause);
      this.#pause = undefined;
    }
    return this;
  }

  setEncoding(): this {
    return this;
  }

  ref(): this {
    this.#source.ref?.();
    return this;
  }

  unref(): this {
    this.#source.unref?.();
    return this;
  }

  read(): string | null {
    const next = this.#next;
    this.#next = null;
    return next;
  }

  readonly #take = (chunk: string | Buffer): void => {
    clearTimeout(this.#escape);
    this.#queue(this.#tokenizer.push(String(chunk)));
    if (this.#tokenizer.isWaiting) {
      this.#escape = setTimeout(() => this.#queue(this.#tokenizer.flush()), SEQUENCE_WAIT_MS);
    }
  };

  #queue(tokens: readonly InputToken[]): void {
    for (const token of tokens) {
      if (token.kind === "reply") this.#onReply(token.text);
      else this.#waiting.push(token.kind === "paste" ? `\u001b[200~${token.text}\u001b[201~` : token.text);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#turn !== undefined || this.#pause !== undefined || this.#waiting.length === 0) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#next = this.#waiting.shift() ?? null;
      if (this.#next === "\u001b") this.#wait();
      this.emit("readable");
      this.#schedule();
    });
  }

  #wait(): void {
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#schedule();
    }, INK_WAIT_MS);
  }
}
