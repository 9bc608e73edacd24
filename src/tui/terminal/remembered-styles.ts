import {
  type StyledChar,
  tokenize as split,
  styledCharsFromTokens as styledChars,
  type Token,
} from "@alcalzone/ansi-tokenize";
import { Remembered } from "./remembered.ts";

/*
 * Stands for `@alcalzone/ansi-tokenize` in Ink (`tsdown.config.ts`): a line is taken apart once. Ink shares what comes out
 * between lines of a picture itself and changes none of it.
 */

export * from "@alcalzone/ansi-tokenize";

/** The lines of a screen and of the one before; each takes some 15 kB. */
const tokens = new Remembered<Token[]>(100);
const characters = new WeakMap<Token[], StyledChar[]>();

export function tokenize(text: string, endChar?: number): Token[] {
  return endChar === undefined ? tokens.of(text, () => split(text)) : split(text, endChar);
}

export function styledCharsFromTokens(from: Token[]): StyledChar[] {
  const known = characters.get(from) ?? styledChars(from);
  characters.set(from, known);
  return known;
}
