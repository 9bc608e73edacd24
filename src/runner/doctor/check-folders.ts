import { access, constants, mkdir, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Check, Finding } from "./finding.ts";

/** Below this much free space a load soon fails. */
const LOW_SPACE_BYTES = 1024 ** 3;

export const checkFolders: Check = async (subject, fix) => {
  const { root, paths } = await subject.workspace();
  const folders = [paths.runs, paths.run_logs, dirname(paths.secrets), paths.internal];
  const found = await Promise.all(folders.map((folder) => checkFolder(folder, root, fix)));
  return [...found, await checkSpace(root)];
};

async function checkFolder(folder: string, root: string, fix: boolean): Promise<Finding> {
  const name = folder.startsWith(`${root}/`) ? folder.slice(root.length + 1) : folder;
  const missing = await whyNotWritable(folder);
  const problem = missing === "ENOENT" ? (await whyNotWritable(root)) || missing : missing;
  if (problem === "") return { check: "folders", outcome: "ok", message: `${name}/ can be written` };
  if (problem !== "ENOENT") {
    const message = `${name}/ cannot be written (${problem})`;
    return { check: "folders", outcome: "failed", message, remedy: `Give yourself the right to write to ${folder}.` };
  }
  if (!fix)
    return { check: "folders", outcome: "ok", message: `${name}/ does not exist yet and is made when it is needed` };
  await mkdir(folder, { recursive: true });
  return { check: "folders", outcome: "fixed", message: `${name}/ is made` };
}

/** The system's code for it; empty when it can be written. */
async function whyNotWritable(folder: string): Promise<string> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => "",
    (error) => error.code as string,
  );
}

async function checkSpace(root: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  const message = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (free >= LOW_SPACE_BYTES) return { check: "disk", outcome: "ok", message };
  return {
    check: "disk",
    outcome: "warning",
    message,
    remedy: "Free some space: the embedded Postgres and the logs need it.",
  };
}
