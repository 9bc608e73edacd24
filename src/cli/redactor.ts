import { readFile } from "node:fs/promises";
import { createRedactor, type Redactor } from "../core/redaction.ts";
import type { Workspace } from "../workspace/locate.ts";
import type { Io } from "./io.ts";

/**
 * Knows every secret of the workspace. A secrets file that cannot be read gives nothing to hide, and the command that needs
 * it says what is wrong with it.
 */
export async function redactorFor(workspaceFlag: string | undefined, io: Io): Promise<Redactor> {
  const redactor = createRedactor();
  try {
    const { openWorkspace } = await import("../workspace/locate.ts");
    const flag = workspaceFlag === undefined ? {} : { workspace: workspaceFlag };
    const workspace = openWorkspace({ cwd: io.cwd, env: io.env, ...flag });
    redactor.add(await environmentSecrets(workspace));
    redactor.add(await fileSecrets(workspace));
  } catch {
    return redactor;
  }
  return redactor;
}

async function environmentSecrets(workspace: Workspace): Promise<string[]> {
  const named = Object.entries(workspace.env).filter(([name]) => /^(SOURCES|DESTINATION)__/.test(name));
  if (named.length === 0) return [];
  const { sensitiveTexts } = await import("../workspace/secret-values.ts");
  return named.flatMap(([name, value = ""]) => sensitiveTexts(value, name.toLowerCase().split("__").at(-1)));
}

/** A line that is more than a comment: `init` makes a file without one, and reading TOML is a tenth of a short command. */
const SAYS_SOMETHING = /^\s*[^#\s]/m;

/** What the file holds, and what its references lead to. Where it says nothing, nothing is loaded to read it. */
async function fileSecrets(workspace: Workspace): Promise<string[]> {
  const text = await readFile(workspace.paths.secrets, "utf8").catch(() => "");
  if (!SAYS_SOMETHING.test(text)) return [];
  const { readSecrets } = await import("../workspace/secrets-file.ts");
  const secrets = await readSecrets(workspace);
  if (Object.keys(secrets).length === 0) return [];
  const { followReference, sensitiveTexts } = await import("../workspace/secret-values.ts");
  const references = [...JSON.stringify(secrets).matchAll(/"((?:env|file):[^"\\]+)"/g)].map((match) => match[1] ?? "");
  const origin = { from: "file", where: workspace.paths.secrets } as const;
  const followed = references.map((text) =>
    followReference(workspace, { text, origin, path: [] }).catch(() => undefined),
  );
  const values = (await Promise.all(followed)).flatMap((found) => (found === undefined ? [] : [found.text]));
  return [...sensitiveTexts(secrets), ...values];
}
