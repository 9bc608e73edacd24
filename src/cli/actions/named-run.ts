import { isSluiceError, SluiceError } from "../../core/errors.ts";
import { findRun, type ListedRun, type ListRunsOptions } from "../../runs/run-index.ts";
import { readConfig } from "../../workspace/config-file.ts";
import type { Workspace } from "../../workspace/locate.ts";

/** The run that a command line names. Who names a connection in its place hears how that is said. */
export async function findNamedRun(
  workspace: Workspace,
  wanted: string,
  options: Pick<ListRunsOptions, "connection" | "isLive">,
): Promise<ListedRun> {
  try {
    return await findRun(workspace.paths.runs, workspace.paths.run_logs, wanted, options);
  } catch (error) {
    if (!isSluiceError(error) || error.code !== "run_unknown") throw error;
    const { connection } = options;
    if (connection !== undefined) {
      const message = `There is no run "${wanted}" of ${connection}. See \`sluice runs list\`.`;
      throw new SluiceError("run_unknown", message, { cause: error });
    }
    if (!(await isConnection(workspace, wanted))) throw error;
    const message = `looking for run "${wanted}": there is none. "${wanted}" is a connection: \`--connection ${wanted}\` asks for its runs.`;
    throw new SluiceError("run_unknown", message, { details: { wanted } });
  }
}

function isConnection(workspace: Workspace, name: string): Promise<boolean> {
  return readConfig(workspace).then(
    ({ connections }) => connections.some((listed) => listed.name === name),
    () => false,
  );
}
