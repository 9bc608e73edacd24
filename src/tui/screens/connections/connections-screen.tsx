import { Box } from "ink";
import { type ReactNode, useEffect, useMemo } from "react";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { type ConfigState, connectionsOf } from "../../state/config-store.ts";
import { useStore } from "../../state/store.ts";
import { useNow } from "../../state/use-now.ts";
import { lookOf } from "../../theme/status-look.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { SelectedNote } from "../../ui/selected-note.tsx";
import { Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { configActions } from "./config-actions.ts";
import { connectionActions } from "./connection-actions.ts";
import { connectionColumns, STRIP_RUNS } from "./connection-columns.ts";
import { CONNECTIONS_LIST, type ConnectionRow, connectionRows, findableBy, troubleOf } from "./connection-rows.ts";
import { FirstStart } from "./first-start.tsx";

/** How old "5 min ago" may be. */
const AGO_MS = 30_000;

/** What is wrong with config.json, and how to mend it. */
const PROBLEM_ROWS = 5;

/** What is wrong with the selected connection. */
const NOTE_ROWS = 3;

/** The root: every connection and how its last runs went; in a folder without a workspace, how to begin. */
export function ConnectionsScreen(): ReactNode {
  const config = useStore(useSession().config);
  return config.state === "missing" ? <FirstStart /> : <ConnectionList />;
}

function ConnectionList(): ReactNode {
  const session = useSession();
  const config = useStore(session.config);
  const shelf = useStore(session.runs);
  const now = useNow(AGO_MS);
  const { rows: height } = useBodySize();
  // Hundreds of rows need not be made anew for each key.
  const all = useMemo(() => connectionRows(connectionsOf(config), shelf), [config, shelf]);
  const filter = useFilter({ rows: all, fieldsOf: findableBy, fields: "name, type, status, title, tag" });
  const problem = config.state === "broken" ? PROBLEM_ROWS : 0;
  const note = filter.rows.some((row) => troubleOf(row) !== undefined) ? NOTE_ROWS : 0;
  const list = useList({
    name: CONNECTIONS_LIST,
    rows: filter.rows,
    idOf: ({ name }) => name,
    height: Math.max(1, height - 1 - filter.height - problem - note),
    canMark: true,
  });
  const visible = filter.rows.slice(list.top, list.top + list.height);
  useEffect(() => session.runs.want(visible.flatMap(({ runs }) => runs.slice(0, STRIP_RUNS))));
  const { selected, chosen, clearMarks, select } = list;
  const mending = configActions(session, config);
  const isBroken = mending.length > 0;
  // E is for the file while that is wrong: no connection can be written to.
  const actions = connectionActions(session, { selected, chosen, all, clearMarks, select }).filter(
    ({ id }) => !isBroken || id !== "connections.editor",
  );
  return (
    <KeyScope title="Connections" actions={[...mending, ...actions, ...filter.actions, ...list.actions]}>
      <ConfigProblem config={config} />
      {filter.line}
      {filter.rows.length === 0 ? (
        <Empty config={config} isFiltered={filter.isOn} />
      ) : (
        <Table list={list} columns={connectionColumns(shelf, now)} />
      )}
      {note === 0 || selected === undefined ? null : <Trouble row={selected} />}
    </KeyScope>
  );
}

function Trouble({ row }: { row: ConnectionRow }): ReactNode {
  const { redactor } = useSession();
  const trouble = troubleOf(row);
  if (trouble === undefined) return <SelectedNote rows={NOTE_ROWS} text={undefined} />;
  const { symbol, tone } = lookOf(row.status);
  return <SelectedNote rows={NOTE_ROWS} tone={tone} text={`${symbol} ${redactor.text(trouble)}`} />;
}

function ConfigProblem({ config }: { config: ConfigState }): ReactNode {
  if (config.state !== "broken") return null;
  return (
    <Box flexDirection="column" height={PROBLEM_ROWS} flexShrink={0} overflow="hidden">
      <Box height={PROBLEM_ROWS - 1} flexShrink={0} overflow="hidden">
        <Prose tone="bad">{`✗ ${config.error.message}`}</Prose>
      </Box>
      <Toned tone="warn">Press E to mend it in your editor; nothing is overwritten.</Toned>
    </Box>
  );
}

/** An empty list says what to do. */
function Empty({ config, isFiltered }: { config: ConfigState; isFiltered: boolean }): ReactNode {
  if (config.state === "loading") return <Toned tone="dim">reading…</Toned>;
  if (isFiltered) return <Toned>No connection matches the filter. Esc shows all again.</Toned>;
  if (config.state === "broken")
    return <Prose>Once config.json is right, the connections show up here by themselves.</Prose>;
  return <Prose>There is no connection yet. Press a to add one; `sluice connections add` does the same.</Prose>;
}
