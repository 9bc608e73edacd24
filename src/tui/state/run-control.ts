import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../../core/errors.ts";
import type { Clock } from "../../core/time.ts";
import { requestStop, type StopOutcome } from "../../runner/stop-requests.ts";
import { startDetached } from "../../system/detached-process.ts";
import { cannotWrite, makeFolder } from "../../system/make-folder.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { StartedReport, StartedRunRequest } from "../started-run.ts";

/** How a process of Sluice's own is started. */
export interface Program {
  command: string;
  /** What comes before its arguments: flags of Node, our main file. */
  args: readonly string[];
}

export interface RunControl {
  /**
   * Starts a run as a process of its own, which nothing that happens to this one can hurt. Resolves to its id as soon
   * as it has one; throws what kept it from beginning.
   */
  start(request: StartedRunRequest["request"]): Promise<string>;
  /**
   * Asks a run, or some of its streams, to stop at the next checkpoint, and resolves when it has taken that. Throws
   * `run_unknown` when it is not going on.
   */
  stop(run_id: string, streams?: readonly string[]): Promise<StopOutcome>;
}

export interface RunControlOptions {
  workspace: Workspace;
  program: Program;
  env: NodeJS.ProcessEnv;
  clock: Clock;
}

const POLL_MS = 25;
/** A machine with much else to do needs seconds to start a process. */
const START_WAIT_MS = 30_000;

export function createRunControl({ workspace, program, env, clock }: RunControlOptions): RunControl {
  return {
    async start(request) {
      const folder = join(workspace.paths.internal, "started");
      await makeFolder(folder).catch((error) => {
        throw cannotWrite(`starting ${request.connection}`, folder, error);
      });
      const report = join(folder, `${randomUUID()}.json`);
      const asked: StartedRunRequest = { workspace: workspace.root, report, request };
      const args = [...program.args, "__run", JSON.stringify(asked)];
      const pid = await startDetached(program.command, args, { cwd: workspace.root, env });
      try {
        return await waitForReport(report, { pid, connection: request.connection, clock });
      } finally {
        await rm(report, { force: true });
      }
    },
    stop: (run_id, streams) => requestStop(workspace, run_id, streams ?? null, clock),
  };
}

interface Waiting {
  pid: number;
  connection: string;
  clock: Clock;
}

async function waitForReport(path: string, { pid, connection, clock }: Waiting): Promise<string> {
  const end = clock.now() + START_WAIT_MS;
  for (;;) {
    const report = await readReport(path);
    if (report?.run_id !== undefined) return report.run_id;
    if (report?.error !== undefined) throw new SluiceError(report.error.code, report.error.message);
    if (!exists(pid) && (await readReport(path)) === undefined) {
      throw new SluiceError(
        "internal",
        `starting ${connection}: its process ended before it said anything. Try \`sluice run ${connection}\`.`,
      );
    }
    if (clock.now() > end) {
      throw new SluiceError(
        "internal",
        `starting ${connection}: its process ${pid} has said nothing for ${START_WAIT_MS / 1000} s.`,
      );
    }
    await clock.sleep(POLL_MS);
  }
}

/** Undefined until it is there whole. */
async function readReport(path: string): Promise<StartedReport | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as StartedReport;
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
