import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const MAX_FILE_LINES = 400;
const MAX_TEST_LINES = 600;
const MAX_FUNCTION_LINES = 60;

const FORBIDDEN = [
  ["src/core/a.ts", "../workspace/locate.ts"],
  ["src/core/b.ts", "../main.ts"],
  ["src/system/a.ts", "../runs/event-log.ts"],
  ["src/workspace/a.ts", "../runs/event-log.ts"],
  ["src/databases/postgres/embedded/a.ts", "../../../workspace/locate.ts"],
  ["src/connector/a.ts", "../workspace/locate.ts"],
  ["src/databases/postgres/a.ts", "../../connector/registry.ts"],
  ["src/runs/a.ts", "../runner/run-connection.ts"],
  ["src/pipelines/load/a.ts", "../../runner/run-connection.ts"],
  ["src/runner/a.ts", "../cli/table.ts"],
  ["src/headless/a.ts", "../cli/table.ts"],
  ["src/cli/actions/a.ts", "../../headless/headless-command.ts"],
  ["connectors/a.ts", "../src/core/errors.ts"],
] as const;

const ALLOWED = [
  ["src/runner/ok.ts", "../pipelines/load/plan.ts"],
  ["src/workspace/ok.ts", "../core/errors.ts"],
  ["src/connector/ok.ts", "../databases/postgres/client.ts"],
  ["src/cli/ok.ts", "../runner/run-connection.ts"],
  ["connectors/ok.ts", "sluice/connector"],
] as const;

describe("the linter", () => {
  let findings: Set<string>;

  beforeAll(async () => {
    const cycle = { "src/runner/one.ts": importing("./two.ts"), "src/runner/two.ts": importing("./one.ts") };
    const bad = { "src/runner/bad.ts": "export default function say(x: any) {\n  console.log(x);\n}\n" };
    const planted = [...FORBIDDEN, ...ALLOWED].map(([path, imported]) => [path, importing(imported)]);
    const lazily = FORBIDDEN.map(([path, imported]) => [
      `${path.slice(0, -3)}-lazily.ts`,
      `await import("${imported}");\n`,
    ]);
    findings = await lint({ ...Object.fromEntries([...planted, ...lazily]), ...cycle, ...bad });
  });

  test.each(FORBIDDEN)("refuses %s to import %s", (path) => {
    expect(findings).toContain(`${path} noRestrictedImports`);
    expect(findings).toContain(`${path.slice(0, -3)}-lazily.ts noRestrictedImports`);
  });

  test.each(ALLOWED)("lets %s import %s", (path) => {
    expect(findings).not.toContain(`${path} noRestrictedImports`);
  });

  test("refuses imports in a circle, the console, default exports and any", () => {
    expect(findings).toContain("src/runner/one.ts noImportCycles");
    for (const rule of ["noConsole", "noDefaultExport", "noExplicitAny"]) {
      expect(findings).toContain(`src/runner/bad.ts ${rule}`);
    }
  });
});

function importing(path: string): string {
  return `import { x } from "${path}";\n\nexport const y = x;\n`;
}

/** `path rule` for everything that our own rules find in a folder with these files. */
async function lint(files: Record<string, string>): Promise<Set<string>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-lint-")));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const rules = JSON.parse(await readFile(join(ROOT, "biome.json"), "utf8"));
    await writeFile(join(folder, "biome.json"), JSON.stringify({ ...rules, vcs: { enabled: false } }));
    const biome = join(ROOT, "node_modules/.bin/biome");
    const { stdout } = spawnSync(biome, ["lint", "--reporter=json", "--max-diagnostics=none"], {
      cwd: folder,
      encoding: "utf8",
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
    return new Set(diagnostics.map(({ category, location }) => `${location.path} ${category.split("/").at(-1)}`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("the sources", () => {
  const sources = globSync("{src,connectors,scripts,bench,test}/**/*.{ts,tsx}", { cwd: ROOT }).sort();

  test("have no file that is too long to be read", () => {
    const lines = (file: string) => readFileSync(join(ROOT, file), "utf8").split("\n").length - 1;
    const limit = (file: string) => (file.startsWith("test/") ? MAX_TEST_LINES : MAX_FILE_LINES);
    const long = sources.filter((file) => lines(file) > limit(file)).map((file) => `${file}: ${lines(file)} lines`);
    expect(long).toEqual([]);
  });

  test("have no function that is too long to be understood", () => {
    const long = sources.filter((file) => !file.startsWith("test/")).flatMap(longFunctions);
    expect(long).toEqual([]);
  });

  test("have names that say what they are about", () => {
    const vague = sources.filter((file) => /(^|\/)(utils?|helpers?|common|types|misc)(\/|\.tsx?$)/.test(file));
    expect(vague).toEqual([]);
    const names = sources.map((file) => file.split("/").at(-1) as string);
    expect(names.filter((name) => !/^[a-z0-9_]+([-.][a-z0-9_]+)*\.tsx?$/.test(name))).toEqual([]);
  });

  test("end the process nowhere but in main.ts", () => {
    const ends = sources.filter(
      (file) => /^src\//.test(file) && /process\.exit\(/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(ends).toEqual(["src/main.ts"]);
  });
});

/** Functions by their layout: the formatter puts the closing brace under the first word. */
function longFunctions(file: string): string[] {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  return lines.flatMap((line, start) => {
    const opening =
      /^( *)(?:export |async |static |private |#)*(?:default )?(?:async )?(?:function\*? \w+|#?\w+\(.*\)(?:: [^;=]+)? \{$)/.exec(
        line,
      );
    if (opening === null || /^ *(?:if|for|while|switch|return|await|catch)\b/.test(line)) return [];
    const length = lines.slice(start).indexOf(`${opening[1]}}`) + 1;
    return length > MAX_FUNCTION_LINES ? [`${file}:${start + 1}: ${length} lines`] : [];
  });
}
