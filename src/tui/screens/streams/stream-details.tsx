import { Box } from "ink";
import type { ReactNode } from "react";
import type { Session } from "../../session.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { ModalFrame, useModalSize } from "../../ui/modal.tsx";
import { Table } from "../../ui/table.tsx";
import { useList } from "../../ui/use-list.ts";
import type { StreamRow } from "./stream-choices.ts";
import { columnColumns, streamFacts } from "./stream-columns.ts";

/** Everything that is known of one stream. */
export function openDetails({ modals }: Session, row: StreamRow): void {
  modals.open((close) => <DetailsModal row={row} onClose={close} />);
}

function DetailsModal({ row, onClose }: { row: StreamRow; onClose(): void }): ReactNode {
  const { rows: height } = useModalSize();
  const facts = streamFacts(row);
  const list = useList({
    name: "columns",
    rows: row.columns ?? [],
    idOf: ({ name }) => name,
    height: Math.max(1, height - facts.length - 2),
  });
  return (
    <ModalFrame title={row.name} actions={[...list.actions]} onClose={onClose}>
      <Facts facts={facts} />
      {row.columns === null ? <Unknown /> : <Table list={list} columns={columnColumns(row)} />}
    </ModalFrame>
  );
}

/** Beside the list: as much as there is room for. */
export function StreamPane({ row }: { row: StreamRow }): ReactNode {
  const { rows: height } = useBodySize();
  const facts = streamFacts(row);
  const room = Math.max(1, height - facts.length - 4);
  const shown = (row.columns ?? []).slice(0, room);
  const list = { ...useList({ name: "pane", rows: shown, idOf: ({ name }) => name, height: room }), index: -1 };
  const rest = (row.columns?.length ?? 0) - shown.length;
  return (
    <>
      <Toned tone="title">{row.name}</Toned>
      <Facts facts={facts} />
      {row.columns === null ? <Unknown /> : <Table list={list} columns={columnColumns(row)} />}
      {rest === 0 ? null : <Toned tone="dim">{`  … and ${rest} more: Enter shows all`}</Toned>}
    </>
  );
}

function Facts({ facts }: { facts: readonly string[] }): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0} paddingBottom={1}>
      {facts.map((fact) => (
        <Toned key={fact}>{fact}</Toned>
      ))}
    </Box>
  );
}

function Unknown(): ReactNode {
  return <Prose tone="dim">Its source does not say which columns it has; p shows its first rows.</Prose>;
}
