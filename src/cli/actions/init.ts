import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { SluiceError } from "../../core/errors.ts";
import { writeFileExclusive } from "../../system/atomic-file.ts";
import { createConfig, updateConfig } from "../../workspace/config-file.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";

/** Makes what is missing of a workspace and touches nothing that is there. */
export async function initWorkspace(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await workspaceToMake(context);
  const made: string[] = [];
  const { paths } = workspace;
  for (const folder of [paths.connectors, paths.runs, paths.run_logs]) {
    if ((await mkdir(folder, { recursive: true })) !== undefined) made.push(`${basename(folder)}/`);
  }
  const isEmpty = await saysNothing(paths.config);
  if (isEmpty) {
    const how = await createConfig(workspace);
    made.push(how === "made" ? "config.json" : "config.json (it was empty)");
  }
  await writeNew(paths.secrets, SECRETS, { mode: 0o600, made, name: ".dlt/secrets.toml" });
  await writeNew(join(workspace.root, ".gitignore"), GITIGNORE, { made, name: ".gitignore" });
  const destination = input.text("destination");
  if (destination !== undefined) {
    await updateConfig(workspace, "setting the destination", (raw) => {
      raw.settings = { ...(raw.settings as object), destination };
    });
  }
  const what = made.length === 0 ? "Everything was there already." : `Made: ${made.join(", ")}`;
  const next = "Next: sluice connections add";
  return { data: { workspace: workspace.root, made }, text: `Workspace ${workspace.root}\n${what}\n${next}` };
}

/** An empty file is as good as none; one that cannot be read is left for others to complain about. */
async function saysNothing(config: string): Promise<boolean> {
  try {
    return (await readFile(config, "utf8")).trim() === "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Without --workspace it is the current folder, even inside another workspace. */
async function workspaceToMake(context: CommandContext): Promise<Workspace> {
  const asked = context.workspaceFlag ?? context.io.env.SLUICE_WORKSPACE;
  if (asked !== undefined && asked !== "") return context.workspace();
  const { openWorkspace } = await import("../../workspace/locate.ts");
  return openWorkspace({ workspace: context.io.cwd, cwd: context.io.cwd, env: context.io.env });
}

interface NewFile {
  mode?: number;
  made: string[];
  name: string;
}

async function writeNew(path: string, content: string, { mode, made, name }: NewFile): Promise<void> {
  if (await readFile(path).catch(() => undefined)) return;
  try {
    await mkdir(join(path, ".."), { recursive: true });
    await writeFileExclusive(path, content, mode === undefined ? {} : { mode });
    made.push(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    const message = `making ${path}: ${(error as Error).message}. Check the folder's permissions.`;
    throw new SluiceError("file_unwritable", message, { cause: error });
  }
}

const SECRETS = `# Secrets of this workspace. Only its owner may read this file; never commit it.
#
# [sources.<connection>]
# token = "..."
#
# [destination.postgres.credentials]
# host = "localhost"
# port = 5432
# database = "warehouse"
# username = "loader"
# password = "..."
`;

const GITIGNORE = `.dlt/secrets.toml
.sluice/
.env
backups/
run_logs/
runs/
`;
