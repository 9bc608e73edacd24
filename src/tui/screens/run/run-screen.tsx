import { Box } from "ink";
import type { ReactNode } from "react";
import { formatCount } from "../../../core/count-text.ts";
import { type ErrorCode, errorCatalogue } from "../../../core/error-catalogue.ts";
import { formatDuration } from "../../../core/time.ts";
import type { ListedRun } from "../../../runs/run-index.ts";
import type { RunSummary } from "../../../runs/summary-file.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { lookOf } from "../../theme/status-look.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { bytesText } from "../../ui/amounts.ts";
import { useBodySize } from "../../ui/layout.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useList } from "../../ui/use-list.ts";
import { useRun } from "./use-run.ts";

type StreamRow = RunSummary["stats"][string] & { name: string };

/** Lines above the table of streams. */
const HEAD_ROWS = 4;
/** Lines below it, for what went wrong. */
const ERROR_ROWS = 6;

/** What a run did: its streams, and the error with what can be done about it. */
export function RunScreen({ runId }: { runId: string }): ReactNode {
  const found = useRun(runId);
  if (found.state === "loading") return <Toned tone="dim">reading…</Toned>;
  if (found.state === "failed") return <Prose tone="bad">{found.error.message}</Prose>;
  return <RunDetails run={found.run} summary={found.summary} />;
}

function RunDetails({ run, summary }: { run: ListedRun; summary: RunSummary | undefined }): ReactNode {
  const session = useSession();
  const { rows: height } = useBodySize();
  const rows = Object.entries(summary?.stats ?? {}).map(([name, stats]): StreamRow => ({ name, ...stats }));
  const room = height - HEAD_ROWS - 1 - (run.error === null ? 0 : ERROR_ROWS);
  const list = useList({ name: "streams", rows, idOf: ({ name }) => name, height: Math.max(1, room) });
  return (
    <KeyScope title="Run" actions={[...runActions(session, run, summary), ...list.actions]}>
      <Head run={run} summary={summary} />
      {rows.length === 0 ? null : <Table list={list} columns={COLUMNS} />}
      {run.error === null ? null : <Failure error={run.error} />}
    </KeyScope>
  );
}

function Head({ run, summary }: { run: ListedRun; summary: RunSummary | undefined }): ReactNode {
  const { symbol, word, tone } = lookOf(run.status);
  const took = run.duration_ms === null ? "" : ` after ${formatDuration(run.duration_ms)}`;
  const tries = run.attempts === null || run.attempts < 2 ? "" : `, ${run.attempts} attempts`;
  const destination = summary?.destination;
  const to =
    destination == null
      ? "-"
      : `${destination.host}:${destination.port}/${destination.database}, schema ${destination.namespace}`;
  return (
    <Box flexDirection="column" height={HEAD_ROWS} flexShrink={0} overflow="hidden">
      <Toned tone={tone}>{`${symbol} ${run.connection}: ${word}${took}${tries}`}</Toned>
      <Toned>{`started ${run.started_at} by ${run.trigger ?? "?"}, id ${run.run_id}`}</Toned>
      <Toned tone="dim">{`destination ${to}`}</Toned>
      <Toned tone="dim">{`${summary?.schema_changes.length ?? 0} schema changes, ${summary?.warnings.length ?? 0} warnings`}</Toned>
    </Box>
  );
}

function Failure({ error }: { error: NonNullable<ListedRun["error"]> }): ReactNode {
  return (
    <Box flexDirection="column" height={ERROR_ROWS} flexShrink={0} overflow="hidden" paddingTop={1}>
      <Prose tone="bad">{`✗ [${error.code}] ${error.message}`}</Prose>
      <Prose>{`What to do: ${remedyOf(error.code)}`}</Prose>
    </Box>
  );
}

/** A summary of another version may hold a code that this one does not know. */
function remedyOf(code: string): string {
  return Object.hasOwn(errorCatalogue, code) ? errorCatalogue[code as ErrorCode].remedy : "see docs/errors.md.";
}

function runActions(session: Session, run: ListedRun, summary: RunSummary | undefined): Action[] {
  const { control, router, terminal, notices, runs } = session;
  const failed = Object.entries(summary?.stats ?? {}).flatMap(([name, { outcome }]) =>
    outcome === "success" ? [] : [name],
  );
  const isLive = runs.get().live.has(run.run_id);
  const start = async (streams?: readonly string[]) => {
    const run_id = await control.start({ connection: run.connection, ...(streams === undefined ? {} : { streams }) });
    router.replace({ screen: "live", run_id });
  };
  return [
    {
      ...{
        id: "run.again",
        keys: ["r"],
        title: "run again",
        footer: 100,
        help: "Run the connection again, from where it got to.",
      },
      disabled: isLive ? "it is still going on" : undefined,
      command: `sluice run ${run.connection}`,
      run: () => start(),
    },
    {
      ...{
        id: "run.again-failed",
        keys: ["f"],
        title: "run failed",
        footer: 70,
        help: "Run only the streams that did not succeed.",
      },
      disabled: failed.length === 0 ? "no stream has failed" : isLive ? "it is still going on" : undefined,
      command: `sluice run ${run.connection} ${failed.map((name) => `--stream ${name}`).join(" ")}`,
      run: () => start(failed),
    },
    {
      ...{ id: "run.log", keys: ["o", "enter"], title: "log", footer: 80 },
      help: "Open the log: everything that happened, event by event.",
      disabled: run.events_path === null ? "the log is gone; only the summary is left" : undefined,
      command: `sluice runs logs ${run.run_id}`,
      run: () => router.open({ screen: "log", run_id: run.run_id }),
    },
    {
      ...{ id: "run.copy-id", keys: ["y"], title: "copy id", footer: 20, help: "Put the run's id on the clipboard." },
      run: () => {
        if (terminal.copy(run.run_id)) notices.say(`${run.run_id} is copied`, "good");
      },
    },
  ];
}

const COLUMNS: readonly Column<StreamRow>[] = [
  { title: "stream", width: "grow", cell: ({ name }) => name },
  {
    title: "outcome",
    width: 11,
    cell: ({ outcome }) => ({
      text: `${lookOf(outcome === "skipped" ? "never" : outcome).symbol} ${outcome}`,
      tone: lookOf(outcome === "skipped" ? "never" : outcome).tone,
    }),
  },
  { title: "read", width: 11, align: "right", cell: ({ rows_read }) => formatCount(rows_read) },
  { title: "inserted", width: 11, align: "right", cell: ({ inserted }) => formatCount(inserted) },
  { title: "updated", width: 9, align: "right", from: 80, cell: ({ updated }) => formatCount(updated) },
  { title: "rejected", width: 8, align: "right", from: 70, cell: ({ rejected }) => formatCount(rejected) },
  { title: "bytes", width: 9, align: "right", from: 100, cell: ({ bytes }) => bytesText(bytes) },
  { title: "took", width: 10, align: "right", from: 110, cell: ({ duration_ms }) => formatDuration(duration_ms) },
];
