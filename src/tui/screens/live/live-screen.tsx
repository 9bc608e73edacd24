import { Box } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { formatCount } from "../../../core/count-text.ts";
import { formatDuration } from "../../../core/time.ts";
import { isRunning } from "../../../runner/run-lock-file.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { type LiveRun, type LiveStream, newLiveRun } from "../../state/live-run.ts";
import { type Followed, followRun } from "../../state/live-store.ts";
import { createStore, useStore } from "../../state/store.ts";
import { useNow } from "../../state/use-now.ts";
import { lookOf, type Status } from "../../theme/status-look.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { bytesText, sparkLine } from "../../ui/amounts.ts";
import { askConfirm } from "../../ui/confirm.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useList } from "../../ui/use-list.ts";

const HEAD_ROWS = 3;
const TAIL_ROWS = 2;
const SPARK_WIDTH = 16;
const TICK_MS = 1_000;

/** A run that is going on, whoever started it: one row a stream, as its event file tells. */
export function LiveScreen({ runId }: { runId: string }): ReactNode {
  const session = useSession();
  const run = useLiveRun(runId);
  const { rows: height } = useBodySize();
  const isOver = run.status !== "running" && run.status !== "starting";
  const now = useNow(isOver ? undefined : TICK_MS);
  const list = useList({
    ...{ name: "streams", rows: run.streams, idOf: ({ name }: LiveStream) => name },
    height: Math.max(1, height - HEAD_ROWS - 1 - TAIL_ROWS),
  });
  return (
    <KeyScope title="Live run" actions={[...liveActions(session, run, isOver), ...list.actions]}>
      <Head run={run} now={now} />
      {run.streams.length === 0 ? (
        <Toned tone="dim">no stream has begun yet</Toned>
      ) : (
        <Table list={list} columns={COLUMNS} />
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
  const rows = run.streams.reduce((sum, stream) => sum + stream.rows_written, 0);
  const speed = run.streams.reduce((sum, stream) => sum + (stream.state === "running" ? stream.rows_per_s : 0), 0);
  const attempt = run.max_attempts > 1 ? `, attempt ${run.attempt} of ${run.max_attempts}` : "";
  return (
    <Box flexDirection="column" height={HEAD_ROWS} flexShrink={0} overflow="hidden">
      <Toned tone={tone}>{`${symbol} ${run.connection || "run"}: ${word}, ${formatDuration(elapsed)}${attempt}`}</Toned>
      <Toned>{`${formatCount(rows, "row")} written, ${formatCount(Math.round(speed))} rows/s, ${formatCount(run.events, "event")}`}</Toned>
      <Toned tone="dim">{waitText(run)}</Toned>
    </Box>
  );
}

function statusOf({ status }: LiveRun): Status {
  if (status === "starting") return "running";
  return status === "dead" ? "interrupted" : status;
}

function waitText({ status, waits_for, schema_changes }: LiveRun): string {
  const changes = schema_changes === 0 ? "" : `, ${formatCount(schema_changes, "schema change")}`;
  return status === "running" && waits_for !== undefined ? `waits for the ${waits_for}${changes}` : changes.slice(2);
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

function liveActions(session: Session, run: LiveRun, isOver: boolean): Action[] {
  const { router, control, notices } = session;
  return [
    {
      ...{
        id: "live.stop",
        keys: ["s"],
        title: "stop",
        footer: 100,
        help: "Stop the run at its next checkpoint. What was committed stays; the next run goes on from there.",
      },
      disabled: isOver ? "it is over" : undefined,
      run: async () => {
        if (!(await askConfirm(session, stopping(run)))) return;
        await control.stop(run.run_id);
        notices.say("it stops at its next checkpoint");
      },
    },
    {
      ...{ id: "live.log", keys: ["o"], title: "log", footer: 80, help: "Open the log, and follow it." },
      run: () => router.open({ screen: "log", run_id: run.run_id }),
    },
    {
      ...{ id: "live.summary", keys: ["enter"], title: "summary", footer: 90, help: "Open what the run did." },
      disabled: isOver ? undefined : "it is still going on",
      run: () => router.replace({ screen: "run", run_id: run.run_id }),
    },
  ];
}

function stopping({ connection }: LiveRun) {
  const effects = ["It stops at its next checkpoint. What was committed stays, and the next run goes on from there."];
  return { title: `Stop ${connection}?`, effects, command: "ctrl-c where it was started" };
}

const COLUMNS: readonly Column<LiveStream>[] = [
  { title: "stream", width: "grow", cell: ({ name }) => name },
  {
    ...{ title: "state", width: 12 },
    cell: ({ state }) => {
      const { symbol, tone } = lookOf(state === "skipped" ? "never" : state);
      return { text: `${symbol} ${state}`, tone };
    },
  },
  { title: "read", width: 12, align: "right", from: 70, cell: ({ rows_read }) => formatCount(rows_read) },
  { title: "written", width: 12, align: "right", cell: ({ rows_written }) => formatCount(rows_written) },
  { title: "rows/s", width: 9, align: "right", cell: ({ rows_per_s }) => formatCount(Math.round(rows_per_s)) },
  { title: "bytes", width: 9, align: "right", from: 90, cell: ({ bytes }) => bytesText(bytes) },
  { title: "rejected", width: 8, align: "right", from: 100, cell: ({ rejected }) => formatCount(rejected) },
  {
    title: "",
    width: SPARK_WIDTH,
    from: 110,
    cell: ({ rates }) => ({ text: sparkLine(rates, SPARK_WIDTH), tone: "live" }),
  },
];
