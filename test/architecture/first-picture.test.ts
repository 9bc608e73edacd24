import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** `import … from "./x.ts"` and `export … from "./x.ts"`, but for types, which are gone when the program runs. */
const STATIC = /^(?:import|export)\s+(?!type\b)[^;]*?from\s+"(\.[^"]+)"/gm;

/** All that is read before the first picture of the screens. */
function readFor(...entries: string[]): string[] {
  const seen = new Set<string>();
  const waiting = entries.map((entry) => join(ROOT, entry));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path) || !existsSync(path)) continue;
    seen.add(path);
    for (const [, imported = ""] of readFileSync(path, "utf8").matchAll(STATIC)) {
      waiting.push(join(dirname(path), imported));
    }
  }
  return [...seen].map((path) => relative(ROOT, path));
}

test("the first picture of the screens waits for no other screen, connector, database or load", () => {
  const read = readFor(
    "src/main.ts",
    "src/cli/command-line.ts",
    "src/tui/session.ts",
    "src/tui/terminal/show-screens.tsx",
  );
  expect(read).toContain("src/tui/screens/connections/connections-screen.tsx");
  const late = read.filter(
    (path) =>
      /^src\/(databases|pipelines|connector|headless)\//.test(path) ||
      (/^src\/tui\/screens\/.*-screen\.tsx$/.test(path) && !path.includes("/connections/")) ||
      path === "src/cli/program.ts",
  );
  expect(late).toEqual([]);
});
