import { Box } from "ink";
import type { ReactNode } from "react";
import { formatCount } from "../../../core/count-text.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { useStore } from "../../state/store.ts";
import { useRemembered } from "../../state/visit-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { Table } from "../../ui/table.tsx";
import { newEdit, type TextEdit } from "../../ui/text-edit.ts";
import { TextField } from "../../ui/text-field.tsx";
import type { List } from "../../ui/use-list.ts";
import { useRun } from "../run/use-run.ts";
import { logActions } from "./log-actions.ts";
import { type LogRow, logColumns, logRow } from "./log-rows.ts";
import { type Log, useLog } from "./use-log.ts";

/** The filter's line, and the head of the table. */
const HEAD_ROWS = 2;

/** The log of a run, event by event; while the run goes on, at its end. */
export function LogScreen({ runId }: { runId: string }): ReactNode {
  const found = useRun(runId);
  const { runs } = useSession();
  const { live } = useStore(runs);
  if (found.state === "loading") return <Toned tone="dim">reading…</Toned>;
  if (found.state === "failed") return <Prose tone="bad">{found.error.message}</Prose>;
  const { events_path, run_id } = found.run;
  if (events_path === null) return <Prose>The log of this run is gone; only its summary is left. Esc goes back.</Prose>;
  return <LogLinesView path={events_path} isLive={live.has(run_id)} />;
}

interface Writing {
  edit: TextEdit;
  isWriting: boolean;
}

function LogLinesView({ path, isLive }: { path: string; isLive: boolean }): ReactNode {
  const session = useSession();
  const size = useBodySize();
  const height = Math.max(1, size.rows - HEAD_ROWS);
  const [filter, setFilter] = useRemembered("filter", "");
  const [writing, setWriting] = useRemembered<Writing>("writing", { edit: newEdit(), isWriting: false });
  const log = useLog({ path, filter, height, isLive });
  const write = () => setWriting({ edit: newEdit(filter === "" ? "" : `${filter} `), isWriting: true });
  const done = (text: string) => {
    setWriting({ edit: newEdit(), isWriting: false });
    setFilter(text.trim());
  };
  const actions = logActions(session, { log, path, filter, height, setFilter, write });
  // By their places on the screen: a page that takes the place of another changes the texts of its lines and no more.
  const rows = log.lines.map((line, at) => logRow(line, at));
  return (
    <KeyScope title="Log" actions={actions}>
      <Box flexShrink={0} height={1} justifyContent="space-between">
        {writing.isWriting ? (
          <FilterField
            edit={writing.edit}
            width={Math.max(10, size.columns - STATUS_WIDTH)}
            onChange={(edit) => setWriting({ edit, isWriting: true })}
            onDone={() => done(writing.edit.text)}
            onLeave={() => done(filter)}
          />
        ) : (
          <Toned tone={filter === "" ? "dim" : "strong"}>{filter === "" ? "all events" : `/ ${filter}`}</Toned>
        )}
        <Status log={log} />
      </Box>
      {rows.length === 0 ? (
        <Empty log={log} isFiltered={filter !== ""} />
      ) : (
        <Table list={windowOf(log, rows, height)} columns={logColumns((text) => session.redactor.text(text))} />
      )}
    </KeyScope>
  );
}

/** Room for how far the log has been read. */
const STATUS_WIDTH = 36;

function Status({ log: { view, index, news, isFollowing } }: { log: Log }): ReactNode {
  const { count, progress, isCaughtUp } = view;
  const where = count === 0 ? "" : `${formatCount(index + 1)} of ${formatCount(count)}`;
  const how = isCaughtUp ? "" : `, ${Math.floor(progress * 100)} % read`;
  const end = isFollowing ? ", following" : news > 0 ? `, ${formatCount(news)} new` : "";
  return (
    <Box flexShrink={0}>
      <Toned tone={news > 0 ? "live" : "dim"}>{`${where}${how}${end}`}</Toned>
    </Box>
  );
}

function Empty({ log: { view }, isFiltered }: { log: Log; isFiltered: boolean }): ReactNode {
  if (view.problem !== undefined) return <Prose tone="bad">{`✗ ${view.problem}`}</Prose>;
  if (!view.isCaughtUp) return <Toned tone="dim">reading…</Toned>;
  if (isFiltered) return <Toned>No event matches the filter. Esc shows all again.</Toned>;
  return <Toned>The log is empty so far. What happens shows up here by itself.</Toned>;
}

interface FilterFieldProps {
  edit: TextEdit;
  width: number;
  onChange(edit: TextEdit): void;
  onDone(): void;
  onLeave(): void;
}

function FilterField({ edit, width, onChange, onDone, onLeave }: FilterFieldProps): ReactNode {
  const keys: Action[] = [
    {
      ...{ id: "filter.done", keys: ["enter"], title: "filter", footer: 100, run: onDone },
      help: "Show the lines that the filter lets through.",
    },
    { ...{ id: "filter.leave", keys: ["esc"], title: "leave", footer: 99, help: "Leave it as it was." }, run: onLeave },
  ];
  return (
    <KeyScope title="Filter" actions={keys}>
      <Box>
        <Toned tone="key">/ </Toned>
        <TextField edit={edit} onChange={onChange} width={width} placeholder="words, level:warn, stream:…, kind:…" />
      </Box>
    </KeyScope>
  );
}

/** The window as a list, for the table to draw. */
function windowOf(log: Log, rows: readonly LogRow[], height: number): List<LogRow> {
  const at = log.index - log.top;
  const selected = rows[at];
  return {
    ...{ rows, height, selected, index: at, top: 0, markedCount: 0, actions: [] },
    idOf: ({ id }) => id,
    isMarked: () => false,
    chosen: selected === undefined ? [] : [selected],
    clearMarks: () => {},
    select: () => {},
  };
}
