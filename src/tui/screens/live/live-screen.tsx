import { Box } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { formatCount } from "../../../core/count-text.ts";
import { formatDuration } from "../../../core/time.ts";
import { isRunning } from "../../../runner/run-lock-file.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { type LiveRun, type LiveStream, newLiveRun } from "../../state/live-run.ts";
import { type Followed, followRun } from "../../state/live-store.ts";
import { createStore, useStore } from "../../state/store.ts";
import { useNow } from "../../state/use-now.ts";
import { lookOf, type Status } from "../../theme/status-look.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { bytesText } from "../../ui/amounts.ts";
import { useBodySize } from "../../ui/layout.tsx";
import { Table } from "../../ui/table.tsx";
import { useList } from "../../ui/use-list.ts";
import { liveActions } from "./live-actions.ts";
import { isGoingOn, LIVE_COLUMNS } from "./live-columns.ts";

const HEAD_ROWS = 3;
const TAIL_ROWS = 2;
const TICK_MS = 1_000;

/** A run that is going on, whoever started it: one row a stream, as its event file tells. */
export function LiveScreen({ runId }: { runId: string }): ReactNode {
  const session = useSession();
  const run = useLiveRun(runId);
  const { rows: height } = useBodySize();
  const isOver = run.status !== "running" && run.status !== "starting";
  const now = useNow(isOver ? undefined : TICK_MS);
  const list = useList({
    ...{ name: "streams", rows: run.streams, idOf: ({ name }: LiveStream) => name, canMark: true },
    height: Math.max(1, height - HEAD_ROWS - 1 - TAIL_ROWS),
  });
  const { chosen, clearMarks } = list;
  return (
    <KeyScope
      title="Live run"
      actions={[...liveActions(session, { run, isOver, chosen, clearMarks }), ...list.actions]}
    >
      <Head run={run} now={now} />
      {run.streams.length === 0 ? (
        <Toned tone="dim">no stream has begun yet</Toned>
      ) : (
        <Table list={list} columns={LIVE_COLUMNS} />
      )}
      <Tail run={run} now={now} />
    </KeyScope>
  );
}

/** Follows the run's file from when the workspace knows it until the screen is left. */
function useLiveRun(runId: string): LiveRun {
  const { workspace, runs, notices } = useSession();
  const path = useStore(runs).runs.find(({ log }) => log?.run_id === runId)?.log?.path;
  const [followed, setFollowed] = useState<Followed>();
  const [waiting] = useState(() => createStore(newLiveRun(runId)));
  useEffect(() => {
    if (path === undefined) return;
    const isLive = () => isRunning(workspace, runId);
    const following = followRun({ run_id: runId, events_path: path, isLive, onFailure: notices.fail });
    setFollowed(following);
    return () => following.stop();
  }, [path, runId, workspace, notices]);
  return useStore(followed ?? waiting);
}

function Head({ run, now }: { run: LiveRun; now: number }): ReactNode {
  const { symbol, word, tone } = lookOf(statusOf(run));
  const elapsed = run.duration_ms ?? (run.started_at === "" ? 0 : Math.max(0, now - Date.parse(run.started_at)));
  const attempt = run.max_attempts > 1 ? `, attempt ${run.attempt} of ${run.max_attempts}` : "";
  const shown = run.isStopping && run.status === "running" ? "stopping" : word;
  return (
    <Box flexDirection="column" height={HEAD_ROWS} flexShrink={0} overflow="hidden">
      <Toned
        tone={tone}
      >{`${symbol} ${run.connection || "run"}: ${shown}, ${formatDuration(elapsed)}${attempt}`}</Toned>
      <Toned>{totalsText(run)}</Toned>
      <Toned tone="dim">{waitText(run)}</Toned>
    </Box>
  );
}

/** The sums over all streams. */
function totalsText({ streams, events, duration_ms }: LiveRun): string {
  const written = sumOf(streams, ({ rows_written }) => rows_written);
  const parts = [
    `${formatCount(written, "row")} written`,
    `${speedText(streams, duration_ms)}`,
    bytesText(sumOf(streams, ({ bytes }) => bytes)),
    formatCount(events, "event"),
  ];
  return parts.join(", ");
}

/** Of the streams that are being read; once the run is over, of all that was read in all its time. */
function speedText(streams: readonly LiveStream[], duration_ms: number | undefined): string {
  const now = sumOf(streams, (stream) => (isGoingOn(stream) ? stream.rows_per_s : 0));
  if (duration_ms === undefined) return `${formatCount(Math.round(now))} rows/s`;
  const read = sumOf(streams, ({ rows_read }) => rows_read);
  return `${formatCount(Math.round((1000 * read) / Math.max(1, duration_ms)))} rows/s on average`;
}

function sumOf(streams: readonly LiveStream[], value: (stream: LiveStream) => number): number {
  return streams.reduce((total, stream) => total + value(stream), 0);
}

function statusOf({ status }: LiveRun): Status {
  if (status === "starting") return "running";
  return status === "dead" ? "interrupted" : status;
}

/** What the streams wait for, and what is worth knowing besides. */
function waitText({ status, streams, schema_changes, errors: own }: LiveRun): string {
  const waiting = streams.flatMap(({ state, waits_for }) => (state === "running" && waits_for ? [waits_for] : []));
  const sides = [...new Set(waiting)].map((side) => {
    const count = waiting.filter((one) => one === side).length;
    return streams.length === 1 ? `the ${side}` : `the ${side} (${count})`;
  });
  const retries = sumOf(streams, (stream) => stream.retries);
  const rejected = sumOf(streams, (stream) => stream.rejected);
  const errors = own + sumOf(streams, (stream) => stream.errors);
  const parts = [
    ...(status === "running" && sides.length > 0 ? [`waits for ${sides.join(", ")}`] : []),
    ...(errors === 0 ? [] : [formatCount(errors, "error")]),
    ...(rejected === 0 ? [] : [`${formatCount(rejected, "row")} rejected`]),
    ...(retries === 0 ? [] : [`${formatCount(retries, "request")} tried again`]),
    ...(schema_changes === 0 ? [] : [formatCount(schema_changes, "schema change")]),
  ];
  return parts.join(", ");
}

function Tail({ run, now }: { run: LiveRun; now: number }): ReactNode {
  const { retry, error, warnings } = run;
  if (retry !== undefined) {
    const left = Math.max(0, retry.until - now);
    return <Prose tone="warn">{`! tries again in ${formatDuration(left)}: ${retry.error.message}`}</Prose>;
  }
  if (error !== null) return <Prose tone="bad">{`✗ [${error.code}] ${error.message}`}</Prose>;
  const warning = warnings.at(-1);
  return warning === undefined ? null : <Prose tone="warn">{`! ${warning}`}</Prose>;
}
