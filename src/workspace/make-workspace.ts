import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { SluiceError } from "../core/errors.ts";
import { writeFileExclusive } from "../system/atomic-file.ts";
import { cannotWrite } from "../system/make-folder.ts";
import { createConfig } from "./config-file.ts";
import type { Workspace } from "./locate.ts";

/** Makes what is missing of a workspace and touches nothing that is there. Returns the names of what was made. */
export async function makeWorkspace(workspace: Workspace): Promise<string[]> {
  const made: string[] = [];
  const { paths } = workspace;
  for (const folder of [paths.connectors, paths.runs, paths.run_logs]) {
    const first = await mkdir(folder, { recursive: true }).catch((error) => {
      throw cannotWrite("making a workspace", folder, error);
    });
    if (first !== undefined) made.push(`${basename(folder)}/`);
  }
  const isEmpty = await saysNothing(paths.config);
  if (isEmpty) {
    const how = await createConfig(workspace);
    made.push(how === "made" ? "config.json" : "config.json (it was empty)");
  }
  await writeNew(paths.secrets, SECRETS, { mode: 0o600, made, name: ".dlt/secrets.toml" });
  await writeNew(join(workspace.root, ".gitignore"), GITIGNORE, { made, name: ".gitignore" });
  return made;
}

/** An empty file is as good as none; one that cannot be read is left for others to complain about. */
async function saysNothing(config: string): Promise<boolean> {
  try {
    return (await readFile(config, "utf8")).trim() === "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
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
