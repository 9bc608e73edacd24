import { isSluiceError, SluiceError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import { systemClock } from "../../core/time.ts";
import { runConnection } from "../../runner/run-connection.ts";
import type { RunnerDeps, RunRequest } from "../../runner/run-request.ts";
import type { RunResult } from "../../runner/run-result.ts";
import { readConfig } from "../../workspace/config-file.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openRegistry } from "../open-registry.ts";
import { createProgress } from "../progress.ts";
import { paintStatus } from "../status.ts";
import type { Style } from "../style.ts";

export async function runConnections(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const names = await chosenNames(workspace, input);
  const deps: RunnerDeps = {
    workspace,
    registry: await openRegistry(context),
    clock: systemClock,
    version: context.product.version,
  };
  const progress = createProgress(context.io, {
    tellEnds: context.json || names.length > 1,
    verbose: input.flag("verbose"),
  });
  const results = await runAll(names, {
    deps,
    requestFor: (connection) => requestOf(connection, input),
    onEvent: (event) => progress.event(event),
    signal: context.io.interruption(),
    parallel: Math.max(1, input.count("parallel") ?? 1),
    failFast: input.flag("fail-fast"),
  });
  progress.end();
  const exit_code = exitCodeOf(results, names.length, context.io.interruption());
  return { data: { results, exit_code }, text: reportOf(results, names, context), exit_code };
}

interface RunAllOptions {
  deps: RunnerDeps;
  requestFor(connection: string): RunRequest;
  onEvent(event: RunEvent): void;
  signal: AbortSignal;
  /** Connections at a time. */
  parallel: number;
  failFast: boolean;
}

/** Runs connections in order, `parallel` at a time. What an interruption or `failFast` leaves out has no result. */
export async function runAll(names: readonly string[], options: RunAllOptions): Promise<RunResult[]> {
  const { deps, signal } = options;
  const results: (RunResult | undefined)[] = names.map(() => undefined);
  let next = 0;
  let failed = false;
  // A failed run says so before it has given back what it holds, and only then has its result.
  const onEvent = (event: RunEvent) => {
    if (event.kind === "run.finish") failed ||= event.data.status !== "success";
    options.onEvent(event);
  };
  const worker = async () => {
    while (next < names.length && !signal.aborted && !(failed && options.failFast)) {
      const index = next++;
      const request = options.requestFor(names[index] as string);
      const result = await runConnection(deps, request, { signal, onEvent });
      results[index] = result;
      failed ||= result.exit_code !== 0;
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.parallel, names.length) }, worker));
  return results.filter((result) => result !== undefined);
}

/** The worst thing that happened to all, or 4 when some succeeded and some did not. */
export function exitCodeOf(results: readonly RunResult[], asked: number, signal: AbortSignal): number {
  const codes = results.map((result) => result.exit_code);
  const interrupted = codes.find((code) => code === 130 || code === 143);
  if (interrupted !== undefined) return interrupted;
  if (signal.aborted && results.length < asked) return isSluiceError(signal.reason) ? signal.reason.exitCode : 130;
  if (codes.every((code) => code === 0)) return results.length === asked ? 0 : 4;
  if (codes.some((code) => code === 0 || code === 4)) return 4;
  return new Set(codes).size === 1 ? (codes[0] as number) : 1;
}

async function chosenNames(workspace: Workspace, input: CommandInput): Promise<string[]> {
  const named = [...new Set(input.arguments("name"))];
  const tags = input.list("tag");
  const ways = [named.length > 0, input.flag("all"), tags.length > 0].filter(Boolean).length;
  if (ways !== 1) {
    throw new SluiceError(
      "usage",
      "Say what to run in one way: names, or --all, or --tag <tag>. See `sluice run --help`.",
    );
  }
  if (named.length > 0) return named;
  const { connections } = await readConfig(workspace);
  const wanted = connections.filter((listed) => {
    if (!listed.valid) return tags.length === 0;
    const { enabled, tags: own } = listed.connection;
    return enabled && (tags.length === 0 || (own ?? []).some((tag) => tags.includes(tag)));
  });
  if (wanted.length > 0) return [...new Set(wanted.map(({ name }) => name))];
  const what =
    tags.length === 0 ? "There is no enabled connection" : `No enabled connection has the tag ${tags.join(" or ")}`;
  throw new SluiceError("connection_unknown", `${what}. See \`sluice connections list\`.`);
}

function requestOf(connection: string, input: CommandInput): RunRequest {
  const streams = input.list("stream");
  const retries = input.count("retries");
  const backoff_s = input.amount("backoff");
  const timeout_s = input.amount("timeout");
  return {
    connection,
    trigger: "cli",
    full_refresh: input.flag("full-refresh"),
    dry_run: input.flag("dry-run"),
    ...(streams.length === 0 ? {} : { streams }),
    ...(retries === undefined ? {} : { retries }),
    ...(backoff_s === undefined ? {} : { backoff_s }),
    ...(timeout_s === undefined ? {} : { timeout_s }),
  };
}

function reportOf(results: readonly RunResult[], names: readonly string[], context: CommandContext): string {
  const reports = results.map((result) => {
    const files = [result.events_path, result.summary_path].filter((path) => path !== null);
    return [paintReport(result, context.style), ...files.map((path) => context.style.dim(path))].join("\n");
  });
  const left = names.filter((name) => !results.some(({ connection }) => connection === name));
  if (left.length > 0) reports.push(`not run: ${left.join(", ")}`);
  return reports.join("\n\n");
}

/** The report with the connection and its status, which it begins with, made to stand out. */
function paintReport({ connection, status, report_text }: RunResult, style: Style): string {
  const head = `${connection}: ${status}`;
  if (!report_text.startsWith(head)) return report_text;
  return `${style.bold(connection ?? "")}: ${paintStatus(status, style)}${report_text.slice(head.length)}`;
}
