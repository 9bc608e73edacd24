import { Box } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { formatCount } from "../../../core/count-text.ts";
import { asSluiceError } from "../../../core/errors.ts";
import { type QueryAnswer, queryDestination } from "../../../databases/postgres/query.ts";
import { openDestination } from "../../../runner/open-destination.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { useRemembered } from "../../state/visit-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { newEdit } from "../../ui/text-edit.ts";
import { TextField } from "../../ui/text-field.tsx";
import { textWidth } from "../../ui/text-width.ts";
import { type List, useList } from "../../ui/use-list.ts";

/** More than a person looks through; a query can ask for the others. */
const LIMIT = 1_000;
const WIDEST_COLUMN = 40;
/** The query, and what came of it. */
const HEAD_ROWS = 2;

type Answered =
  | { state: "none" }
  | { state: "asking" }
  | { state: "failed"; message: string }
  | { state: "ready"; answer: QueryAnswer };
type ResultRow = { id: string; values: readonly (string | null)[] };

/** A line for a query, which can only read, and its rows. */
export function QueryScreen({ destination, sql = "" }: { destination: string; sql?: string | undefined }): ReactNode {
  const session = useSession();
  const { columns: width, rows: height } = useBodySize();
  const [edit, setEdit] = useRemembered("query", newEdit(sql));
  const [isWriting, setWriting] = useRemembered("writing", sql === "");
  const [answered, setAnswered] = useRemembered<Answered>("answer", { state: "none" });
  const [first, setFirst] = useState(0);
  const run = async () => {
    setWriting(false);
    setFirst(0);
    setAnswered({ state: "asking" });
    setAnswered(await ask(session, destination, edit.text));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a query that was brought along is run once.
  useEffect(() => {
    if (sql !== "" && answered.state === "none") void run();
  }, []);
  const answer = answered.state === "ready" ? answered.answer : undefined;
  const rows = (answer?.rows ?? []).map((values, index): ResultRow => ({ id: String(index), values }));
  const list = useList({ name: "result", rows, idOf: ({ id }) => id, height: Math.max(1, height - HEAD_ROWS - 1) });
  const command = `sluice db query ${JSON.stringify(edit.text)} --destination ${destination}`;
  const writing: Action[] = [
    {
      ...{ id: "query.run", keys: ["enter"], title: "run", footer: 100, help: "Ask the database.", command, run },
      disabled: edit.text.trim() === "" ? "write a query first" : undefined,
    },
    {
      ...{
        id: "query.leave",
        keys: ["tab", "down", ...(answer === undefined ? [] : ["esc"])],
        title: "to the rows",
        footer: 70,
      },
      help: "Go to the rows.",
      run: () => setWriting(false),
    },
  ];
  const moving = resultActions(session, { list, answer, first, setFirst, write: () => setWriting(true), again: run });
  return (
    <KeyScope title="Query" actions={isWriting ? writing : [...moving, ...list.actions]}>
      <Box flexShrink={0} height={1}>
        <Toned tone="key">{"sql "}</Toned>
        <TextField edit={edit} onChange={setEdit} isFocused={isWriting} width={width - 4} placeholder="select …" />
      </Box>
      <Outcome answered={answered} destination={destination} />
      {rows.length === 0 ? null : <Table list={list} columns={columnsOf(session, answer, first)} />}
    </KeyScope>
  );
}

async function ask({ workspace, redactor }: Session, name: string, sql: string): Promise<Answered> {
  try {
    await using destination = await openDestination(workspace, name, "a query");
    redactor.add([destination.address.password ?? ""]);
    return { state: "ready", answer: await queryDestination(destination.address, sql, { write: false, limit: LIMIT }) };
  } catch (error) {
    return { state: "failed", message: asSluiceError(error).message };
  }
}

function Outcome({ answered, destination }: { answered: Answered; destination: string }): ReactNode {
  const { redactor } = useSession();
  if (answered.state === "none")
    return <Toned tone="dim">{`Nothing can be changed here. Enter asks ${destination}.`}</Toned>;
  if (answered.state === "asking") return <Toned tone="live">{`● asking ${destination}…`}</Toned>;
  if (answered.state === "failed") return <Prose tone="bad">{`✗ ${redactor.text(answered.message)}`}</Prose>;
  const { rows, more } = answered.answer;
  return (
    <Toned tone="dim">
      {more ? `the first ${formatCount(rows.length, "row")}; there are more` : formatCount(rows.length, "row")}
    </Toned>
  );
}

interface Result {
  list: List<ResultRow>;
  answer: QueryAnswer | undefined;
  /** The first column that is shown. */
  first: number;
  setFirst(first: number): void;
  write(): void;
  again(): Promise<void>;
}

function resultActions(session: Session, { list, answer, first, setFirst, write, again }: Result): Action[] {
  const names = answer?.columns ?? [];
  const copy = () => {
    const row = Object.fromEntries(names.map((name, index) => [name, list.selected?.values[index] ?? null]));
    if (session.terminal.copy(JSON.stringify(row))) session.notices.say("the row is copied, as JSON", "good");
  };
  return [
    {
      ...{ id: "query.write", keys: ["i", "e", "tab"], title: "change query", footer: 100, run: write },
      help: "Write another query.",
    },
    {
      ...{ id: "query.again", keys: ["r"], title: "run again", footer: 90, run: again },
      help: "Ask the same once more.",
    },
    {
      ...{ id: "query.right", keys: ["l", "right"], title: "columns right", footer: 60 },
      help: "Show the columns further to the right.",
      run: () => setFirst(Math.min(first + 1, Math.max(0, names.length - 1))),
    },
    {
      ...{
        id: "query.left",
        keys: ["h", "left"],
        title: "columns left",
        help: "Show the columns further to the left.",
      },
      run: () => setFirst(Math.max(0, first - 1)),
    },
    {
      ...{ id: "query.copy", keys: ["y"], title: "copy row", footer: 50, run: copy },
      help: "Put the row on the clipboard, as JSON.",
      disabled: list.selected === undefined ? "there is no row" : undefined,
    },
  ];
}

/** As wide as their values, so far as that is not too much; null and the empty text can be told from other values. */
function columnsOf({ redactor }: Session, answer: QueryAnswer | undefined, first: number): Column<ResultRow>[] {
  const { columns = [], rows = [] } = answer ?? {};
  return columns
    .map((title, index): Column<ResultRow> => {
      const widest = Math.max(
        textWidth(title),
        ...rows.slice(0, LIMIT).map((row) => textWidth(shown(row[index] ?? null))),
      );
      const isNumeric = rows.every((row) => /^-?\d+(\.\d+)?$/.test(row[index] ?? "0"));
      return {
        ...{ title, width: Math.min(WIDEST_COLUMN, Math.max(4, widest)), align: isNumeric ? "right" : "left" },
        cell: ({ values }) => {
          const value = values[index] ?? null;
          return value === null ? { text: "null", tone: "dim" } : redactor.text(shown(value));
        },
      };
    })
    .slice(first);
}

function shown(value: string | null): string {
  return value === "" ? '""' : (value ?? "null");
}
