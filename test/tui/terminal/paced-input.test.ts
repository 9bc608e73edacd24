import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { PacedInput } from "../../../src/tui/terminal/paced-input.ts";

/** So long Ink waits whether an Esc is the beginning of a sequence. */
const INK_WAITS_MS = 20;

test("a key that follows an Esc comes once Ink has taken that for a key of its own", async () => {
  const source = new PassThrough();
  const input = new PacedInput(source, () => {}).setRawMode(true);
  const happened: string[] = [];
  const second = new Promise<void>((resolve) => {
    input.on("readable", () => {
      const text = input.read() ?? "";
      happened.push(text === "\u001b" ? "esc" : text);
      if (text === "5") return resolve();
      setTimeout(() => happened.push("taken"), INK_WAITS_MS);
      source.write("5");
    });
  });
  source.write("\u001b");
  await second;
  input.setRawMode(false);
  expect(happened).toEqual(["esc", "taken", "5"]);
});
