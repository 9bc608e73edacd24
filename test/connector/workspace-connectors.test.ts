import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

const loader = fileURLToPath(new URL("./workspace-loader.ts", import.meta.url));

/** Loads the file in a process of its own, from a folder where nothing is installed. */
async function loadInWorkspace(name: string, lines: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-workspace-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, `${name}.ts`), lines.join("\n"));
  const { stdout } = await promisify(execFile)(process.execPath, [loader, folder, name], { cwd: folder });
  return { file: join(folder, `${name}.ts`), result: JSON.parse(stdout) };
}

const CONNECTOR = [
  'import { ConnectorError, defineConnector, z } from "sluice/connector";',
  "type Options = { board: string };",
  "export default defineConnector({",
  '  name: "board", title: "Board", description: "x",',
  "  options: z.strictObject({ board: z.string().optional().describe('x') }), secrets: z.strictObject({}),",
  "  async check(): Promise<never> { throw new ConnectorError('source_not_found', 'no board'); },",
  "  streams: [],",
  "});",
];

describe("a connector of a workspace that has installed nothing", () => {
  it("is loaded as TypeScript and gets the kit of the Sluice that runs it", async () => {
    const { result } = await loadInWorkspace("board", CONNECTOR);
    expect(result).toEqual({ title: "Board", origin: "workspace", isOurs: true, checked: "source_not_found" });
  });

  it.each([
    ["a syntax error", [...CONNECTOR.slice(0, 2), "const = 3;"], 3],
    ["an error while it is loaded", [...CONNECTOR, "", "throw new Error('no luck');"], 10],
    ["an import of a package that is not there", ["", 'import x from "not-installed";', ...CONNECTOR], 2],
    ["an import of a file that is not there", ["", "", 'import x from "./gone.ts";', ...CONNECTOR], 3],
    [
      "an import of something that the kit does not have",
      ['import { nope } from "sluice/connector";', ...CONNECTOR],
      1,
    ],
    ["syntax that cannot be stripped", [...CONNECTOR, "enum Colour { Red }"], 9],
  ])("is blamed with its file and line for %s", async (_, lines, line) => {
    const { file, result } = await loadInWorkspace("board", lines);
    expect(result.code).toBe("connector_broken");
    expect(result.details).toEqual({ connector: "board", file, line });
    expect(result.message).toContain(`${file}:${line}: `);
  });

  it("gets nothing else resolved in another way", async () => {
    const { result } = await loadInWorkspace("board", ['import { z } from "zod";', ...CONNECTOR.slice(1)]);
    expect(result.message).toContain("zod");
  });
});
