import { Box } from "ink";
import type { ReactNode } from "react";
import { formatCount } from "../../../core/count-text.ts";
import { addressUrl } from "../../../databases/postgres/address-url.ts";
import type { TableOverview } from "../../../databases/postgres/overview.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import type { ConfigState } from "../../state/config-store.ts";
import { useStore } from "../../state/store.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { bytesText } from "../../ui/amounts.ts";
import { useBodySize } from "../../ui/layout.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { databaseActions } from "./database-actions.ts";
import { serverActions } from "./server-actions.tsx";
import { type Database, useDatabase } from "./use-database.ts";

const HEAD_ROWS = 3;

/** Where the rows go: the server, and the tables that are there. */
export function DatabaseScreen({ destination }: { destination?: string }): ReactNode {
  const session = useSession();
  const config = useStore(session.config);
  const { rows: height } = useBodySize();
  const name = destination ?? chosenDestination(config);
  const { database, lookAgain } = useDatabase(name);
  const filter = useFilter({
    rows: database.overview?.tables ?? [],
    fieldsOf: ({ schema, name: table }) => ({ schema, table }),
    fields: "schema, table",
  });
  const room = Math.max(1, height - HEAD_ROWS - 1 - filter.height);
  const list = useList({ name: "tables", rows: filter.rows, idOf: (row) => `${row.schema}.${row.name}`, height: room });
  const about = { name: name ?? "", database, lookAgain };
  const actions = [...databaseActions(session, about, list.selected), ...serverActions(session, about)];
  return (
    <KeyScope title="Database" actions={[...actions, ...filter.actions, ...list.actions]}>
      <Head name={name} database={database} />
      {filter.line}
      {filter.rows.length === 0 ? (
        <Empty database={database} isFiltered={filter.isOn} hasName={name !== undefined} />
      ) : (
        <Table list={list} columns={COLUMNS} />
      )}
    </KeyScope>
  );
}

function chosenDestination(config: ConfigState): string | undefined {
  if (config.state === "ready") return config.view.config.settings.destination;
  return config.state === "broken" ? config.last?.config.settings.destination : undefined;
}

function Head({ name, database }: { name: string | undefined; database: Database }): ReactNode {
  const { status, overview, error, isLoading } = database;
  const address = status?.address;
  const size = overview === undefined ? "" : `, Postgres ${overview.version}, ${bytesText(overview.bytes)}`;
  const isDown = error !== undefined || (status?.kind === "embedded" && address === undefined);
  const word = error !== undefined ? "✗ does not answer" : stateWord(database);
  return (
    <Box flexDirection="column" height={HEAD_ROWS} flexShrink={0} overflow="hidden">
      <Toned tone={error !== undefined ? "bad" : isDown ? "warn" : "strong"}>
        {isLoading && status === undefined ? `${name ?? ""}: asking…` : `${name}: ${word}${size}`}
      </Toned>
      <Toned>{address === undefined ? "" : addressUrl(address, { withPassword: false })}</Toned>
      <Toned tone="dim">{status?.kind === "embedded" ? usersText(status.server) : ""}</Toned>
    </Box>
  );
}

function stateWord({ status, overview }: Database): string {
  if (status?.kind === "embedded") {
    const { state, held } = status.server;
    const symbol = state === "running" ? "✓" : "○";
    return `${symbol} ${state === "absent" ? "not made yet" : state}${held ? ", kept running" : ""}`;
  }
  return overview === undefined ? "" : "✓ answers";
}

function usersText({ users, data }: { users: readonly { purpose: string; pid: number }[]; data: string }): string {
  if (users.length === 0) return `data in ${data}`;
  return `used by ${users.map(({ purpose, pid }) => `${purpose} (pid ${pid})`).join(", ")}`;
}

interface EmptyProps {
  database: Database;
  isFiltered: boolean;
  hasName: boolean;
}

function Empty({ database: { status, error, isLoading, overview }, isFiltered, hasName }: EmptyProps): ReactNode {
  const { redactor } = useSession();
  if (!hasName) return <Prose>There is no workspace here yet, or its config.json is broken. Press 1 to see.</Prose>;
  if (error !== undefined) {
    return (
      <Box flexDirection="column">
        <Prose tone="bad">{redactor.text(`[${error.code}] ${error.message}`)}</Prose>
        <Prose>
          Press t to test it step by step, b to set it up on the server, w to use another, 4 for its secrets.
        </Prose>
      </Box>
    );
  }
  if (isLoading) return <Toned tone="dim">asking…</Toned>;
  if (isFiltered) return <Toned>No table matches the filter. Esc shows all again.</Toned>;
  if (status?.kind === "embedded" && overview === undefined)
    return (
      <Prose>The embedded Postgres does not run. It starts by itself when it is needed; press s to start it now.</Prose>
    );
  return <Prose>There is no table yet. Press 1 and run a connection.</Prose>;
}

const COLUMNS: readonly Column<TableOverview>[] = [
  { title: "schema", width: "grow", cell: ({ schema }) => schema },
  { title: "table", width: "grow", cell: ({ name }) => name },
  {
    ...{ title: "about rows", width: 12, align: "right" },
    cell: ({ rows }) => (rows === undefined ? { text: "?", tone: "dim" } : formatCount(rows)),
  },
  { title: "size", width: 10, align: "right", from: 60, cell: ({ bytes }) => bytesText(bytes) },
];
