import { Box } from "ink";
import type { ReactNode } from "react";
import { type ErrorCode, errorCatalogue } from "../../../core/error-catalogue.ts";
import { formatDuration } from "../../../core/time.ts";
import type { ListedRun } from "../../../runs/run-index.ts";
import type { RunSummary } from "../../../runs/summary-file.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { lookOf } from "../../theme/status-look.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { useSections } from "../../ui/use-sections.tsx";
import { runActions } from "./run-actions.ts";
import { RunPart, runSections } from "./run-parts.tsx";
import { useRun } from "./use-run.ts";

/** Lines above the parts. */
const HEAD_ROWS = 3;
/** The line with the names of the parts. */
const NAMES_ROWS = 1;
/** Lines below them, for what went wrong. */
const ERROR_ROWS = 6;

/** What a run did: its streams, where the state moved, what changed, and the error with what can be done about it. */
export function RunScreen({ runId }: { runId: string }): ReactNode {
  const found = useRun(runId);
  if (found.state === "loading") return <Toned tone="dim">reading…</Toned>;
  if (found.state === "failed") return <Prose tone="bad">{found.error.message}</Prose>;
  return <RunDetails run={found.run} summary={found.summary} />;
}

function RunDetails({ run, summary }: { run: ListedRun; summary: RunSummary | undefined }): ReactNode {
  const session = useSession();
  const { rows: height } = useBodySize();
  const sections = useSections(runSections(summary));
  const room = height - HEAD_ROWS - NAMES_ROWS - (run.error === null ? 0 : ERROR_ROWS);
  return (
    <KeyScope title="Run" actions={[...runActions(session, run, summary), ...sections.actions]}>
      <Head run={run} summary={summary} />
      {summary === undefined ? (
        <Toned tone="dim">{withoutSummary(run)}</Toned>
      ) : (
        <>
          {sections.line}
          <RunPart key={sections.current} name={sections.current} summary={summary} height={room} />
        </>
      )}
      {run.error === null ? null : <Failure error={run.error} />}
    </KeyScope>
  );
}

function withoutSummary({ status }: ListedRun): string {
  if (status === "running") return "It is going on: w watches it.";
  if (status === "interrupted")
    return "It died before its end: its log says how far it came. What was committed stays; r runs it again.";
  return "Its summary is gone; its log says what it did.";
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
