import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type InputToken, InputTokenizer } from "../../../src/tui/terminal/input-tokens.ts";

const ESC = "\u001b";

function tokensOf(...reads: string[]): InputToken[] {
  const tokenizer = new InputTokenizer();
  return [...reads.flatMap((read) => tokenizer.push(read)), ...tokenizer.flush()];
}

const keys = (...reads: string[]) => tokensOf(...reads).map(({ text }) => text);

describe("input is cut", () => {
  test.each([
    [["abc"], ["a", "b", "c"]],
    [["👩‍👩‍👧é"], ["👩‍👩‍👧", "é"]],
    [[`${ESC}[A${ESC}[Bj`], [`${ESC}[A`, `${ESC}[B`, "j"]],
    [[`${ESC}OP${ESC}[1;5C`], [`${ESC}OP`, `${ESC}[1;5C`]],
    [[`${ESC}b`], [`${ESC}b`]],
    [[ESC, "[", "A"], [`${ESC}[A`]],
    [["a\rb\t"], ["a", "\r", "b", "\t"]],
    [[ESC], [ESC]],
    [[`${ESC}${ESC}[A`], [ESC, `${ESC}[A`]],
  ])("%j into the keys %j", (reads, wanted) => {
    expect(keys(...reads)).toEqual(wanted);
  });

  test("with a paste as one piece, its line ends made LF", () => {
    expect(tokensOf(`a${ESC}[200~one\r\ntwo\rthree${ESC}[201~b`)).toEqual([
      { kind: "key", text: "a" },
      { kind: "paste", text: "one\ntwo\nthree" },
      { kind: "key", text: "b" },
    ]);
  });

  test("with an answer of the terminal apart from what was typed", () => {
    expect(tokensOf(`x${ESC}]11;rgb:ffff/ffff/ffff${ESC}\\y`)).toEqual([
      { kind: "key", text: "x" },
      { kind: "reply", text: `${ESC}]11;rgb:ffff/ffff/ffff${ESC}\\` },
      { kind: "key", text: "y" },
    ]);
  });

  test("with a long text of a terminal without bracketed paste as a paste, but a key that is held as keys", () => {
    expect(tokensOf("select * from t\r".repeat(40))).toHaveLength(1);
    expect(tokensOf("j".repeat(500))).toHaveLength(500);
  });

  test("the same, wherever reads begin and end", () => {
    const piece = fc.constantFrom(
      "a",
      "é",
      "\r",
      `${ESC}[A`,
      `${ESC}OQ`,
      `${ESC}[200~x\r${ESC}y${ESC}[201~`,
      `${ESC}]11;rgb:0/0/0\u0007`,
    );
    const cut = fc.tuple(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 5 }));
    fc.assert(
      fc.property(cut, ([pieces, cuts]) => {
        const text = pieces.join("");
        const places = [0, ...cuts.filter((at) => at < text.length).sort((a, b) => a - b), text.length];
        const reads = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(tokensOf(...reads)).toEqual(tokensOf(text));
      }),
    );
  });
});
