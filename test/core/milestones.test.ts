import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MILESTONES } from "../../src/core/milestones.ts";

const SRC = join(import.meta.dirname, "../../src");

test("each milestone is one place of the program: a kill at its name is a kill there", async () => {
  const files = (await readdir(SRC, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const others = files.filter((name) => name !== join("core", "milestones.ts"));
  const texts = await Promise.all(others.map((name) => readFile(join(SRC, name), "utf8")));
  const text = texts.join("\n");
  const places = Object.fromEntries(MILESTONES.map((name) => [name, text.split(`"${name}"`).length - 1]));
  expect(places).toEqual(Object.fromEntries(MILESTONES.map((name) => [name, 1])));
});
