import { text } from "node:stream/consumers";
import { loadRegistry } from "../connector/registry.ts";
import { asSluiceError, reportError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { runConnection } from "../runner/run-connection.ts";
import type { RunRequest } from "../runner/run-request.ts";
import type { RunResult } from "../runner/run-result.ts";
import { openWorkspace } from "../workspace/locate.ts";
import { readArguments } from "./headless-arguments.ts";
import type { HeadlessHost } from "./headless-host.ts";
import { LineOutput } from "./line-output.ts";

/**
 * `sluice headless …`: runs one connection, writes its events and then one result line to stdout, and resolves to the
 * exit code when both have been handed over. Never rejects: bad arguments and bad config end in a result line too.
 */
export async function headlessCommand(args: readonly string[], host: HeadlessHost): Promise<number> {
  const tell = (line: string) => void host.stderr.write(`${line}\n`);
  const stdout = new LineOutput(host.stdout, ({ message }) =>
    tell(`sluice: stdout cannot be written any more (${message}); the run goes on and keeps its log and summary.`),
  );
  let connection: string | null = null;
  let result: RunResult;
  try {
    const asked = await readArguments(args, () => text(host.stdin));
    connection = asked.request.connection;
    result = await run(asked.request, asked.workspace ?? host.workspace, { host, stdout });
  } catch (error) {
    result = refusal(connection, error);
  }
  tell(result.report_text);
  stdout.write(JSON.stringify(result));
  await stdout.end();
  return result.exit_code;
}

interface Surroundings {
  host: HeadlessHost;
  stdout: LineOutput;
}

async function run(
  request: RunRequest,
  folder: string | undefined,
  { host, stdout }: Surroundings,
): Promise<RunResult> {
  const place = folder === undefined ? {} : { workspace: folder };
  const workspace = openWorkspace({ cwd: host.cwd, env: host.env, ...place });
  const registry = loadRegistry({ ...host.connectors, workspace: workspace.paths.connectors });
  const deps = { workspace, registry, clock: systemClock, version: host.version };
  const signal = host.interruption?.();
  return runConnection(deps, request, {
    onEvent: (_event, line) => stdout.write(line),
    ready: () => stdout.ready(),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The result of a run that did not come about. */
function refusal(connection: string | null, cause: unknown): RunResult {
  const error = asSluiceError(cause);
  return {
    v: 1,
    kind: "result",
    run_id: null,
    connection,
    status: "failed",
    report_text: `${connection ?? "headless"}: failed\n  ${error.code}: ${error.message}`,
    state_updates: null,
    stats: {},
    exit_code: error.exitCode,
    events_path: null,
    summary_path: null,
    error: reportError(error),
  };
}
