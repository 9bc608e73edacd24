import type { ReactNode } from "react";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { SelectedNote } from "../../ui/selected-note.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { secretActions } from "./secret-actions.ts";
import { type SecretRow, secretRows } from "./secret-rows.ts";
import { type FoundSecrets, useSecrets } from "./use-secrets.ts";

/** Where the selected one comes from, in full. */
const NOTE_ROWS = 3;

/** Which secrets there are and are wanted, and where each value comes from; never a value. */
export function SecretsScreen(): ReactNode {
  const session = useSession();
  const found = useSecrets();
  const { rows: height } = useBodySize();
  const filter = useFilter({
    rows: secretRows(found.state === "ready" ? found.secrets : []),
    fieldsOf: ({ owner, field, from, where }) => ({ owner, name: field, from, where }),
    fields: "owner, name, from",
  });
  const room = height - 1 - filter.height - NOTE_ROWS;
  const list = useList({ name: "secrets", rows: filter.rows, idOf: ({ id }) => id, height: room });
  const actions = secretActions(session, list.selected);
  return (
    <KeyScope title="Secrets" actions={[...actions, ...filter.actions, ...list.actions]}>
      {filter.line}
      {filter.rows.length === 0 ? (
        <Empty found={found} isFiltered={filter.isOn} />
      ) : (
        <Table list={list} columns={COLUMNS} />
      )}
      {list.selected === undefined ? null : <Whereabouts row={list.selected} />}
    </KeyScope>
  );
}

function Whereabouts({ row: { symbol, owner, field, from, where, tone } }: { row: SecretRow }): ReactNode {
  return <SelectedNote rows={NOTE_ROWS} tone={tone} text={`${symbol} ${field} of ${owner}, ${from}: ${where}`} />;
}

function Empty({ found, isFiltered }: { found: FoundSecrets; isFiltered: boolean }): ReactNode {
  if (found.state === "loading") return <Toned tone="dim">reading…</Toned>;
  if (found.state === "failed") return <Prose tone="bad">{`✗ [${found.error.code}] ${found.error.message}`}</Prose>;
  if (isFiltered) return <Toned>No secret matches the filter. Esc shows all again.</Toned>;
  return <Prose>There is no secret, and no connection asks for one. Press n to set one.</Prose>;
}

const COLUMNS: readonly Column<SecretRow>[] = [
  { title: "belongs to", width: 22, cell: ({ owner }) => owner },
  { title: "name", width: 14, cell: ({ field }) => field },
  { title: "from", width: 15, cell: ({ symbol, from, tone }) => ({ text: `${symbol} ${from}`, tone }) },
  { title: "", width: "grow", from: 70, cell: ({ where }) => ({ text: where, tone: "dim" }) },
];
