import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { JsonValue } from "../../src/core/json.ts";
import { openWorkspace, type Workspace } from "../../src/workspace/locate.ts";

/** A workspace in a folder of its own, removed after the test. Files are given by their path in it. */
export async function temporaryWorkspace(
  files: Readonly<Record<string, JsonValue>> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), "sluice-workspace-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
    await writeFile(join(root, path), text, { mode: path.endsWith(".toml") ? 0o600 : 0o644 });
  }
  return openWorkspace({ workspace: root, env });
}

export function connectionEntry(name: string, more: Record<string, JsonValue> = {}) {
  return { id: idOf(name), name, type: "files", enabled: true, schema: { options: { path: `${name}.csv` } }, ...more };
}

export function configWith(...connections: JsonValue[]) {
  return { version: 1, connections, groups: [], schedules: [], settings: { destination: "embedded" } };
}

/** The same UUID for the same name. */
export function idOf(name: string): string {
  return `0193f0c2-7d1e-7c55-9b0e-${Buffer.from(name).toString("hex").padStart(12, "0").slice(-12)}`;
}

export async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8");
}
