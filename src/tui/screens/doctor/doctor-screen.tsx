import { Box } from "ink";
import { type ReactNode, useEffect } from "react";
import { formatCount } from "../../../core/count-text.ts";
import type { Finding } from "../../../runner/doctor/finding.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import type { Place } from "../../state/place.ts";
import type { Tone } from "../../theme/theme.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { askConfirm } from "../../ui/confirm.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { type Examined, useFindings } from "./use-findings.ts";

/** Of the selected finding: what was found in full, and what to do. */
const DETAIL_ROWS = 5;

/** What needs somebody stands at the top. */
const ORDER: readonly Finding["outcome"][] = ["failed", "warning", "fixed", "ok", "skipped"];

type Row = Finding & { id: string };

/** Every check with what it found, and what to do about it. */
export function DoctorScreen(): ReactNode {
  const session = useSession();
  const examined = useFindings();
  const { rows: height } = useBodySize();
  const rows = examined.found
    .map((finding, index): Row => ({ ...finding, id: `${index} ${finding.check}` }))
    .sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
  const filter = useFilter({
    rows,
    fieldsOf: ({ check, outcome, message }) => ({ check, outcome, message }),
    fields: "check, outcome",
  });
  const room = Math.max(1, height - 2 - DETAIL_ROWS - filter.height);
  const list = useList({ name: "findings", rows: filter.rows, idOf: ({ id }) => id, height: room });
  // Once all is known the first that needs somebody is selected, whatever came first.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever moves afterwards stays where they are.
  useEffect(() => {
    if (!examined.isRunning && rows[0] !== undefined) list.select(rows[0].id);
  }, [examined.isRunning]);
  const actions = doctorActions(session, examined, list.selected);
  return (
    <KeyScope title="Doctor" actions={[...actions, ...filter.actions, ...list.actions]}>
      <Verdict examined={examined} />
      {filter.line}
      <Box flexDirection="column" height={room + 1} flexShrink={0} overflow="hidden">
        {filter.isOn && filter.rows.length === 0 ? (
          <Toned>No check matches the filter. Esc shows all again.</Toned>
        ) : (
          <Table list={list} columns={columnsFor(session)} />
        )}
      </Box>
      {list.selected === undefined ? null : <Detail finding={list.selected} />}
    </KeyScope>
  );
}

function Verdict({ examined: { found, isRunning } }: { examined: Examined }): ReactNode {
  const failed = found.filter(({ outcome }) => outcome === "failed").length;
  if (isRunning) return <Toned tone="live">● checking…</Toned>;
  if (failed === 0) return <Toned tone="good">✓ Everything that was checked is right.</Toned>;
  return <Toned tone="bad">{`✗ ${formatCount(failed, "check")} failed.`}</Toned>;
}

function Detail({ finding: { message, remedy, outcome } }: { finding: Finding }): ReactNode {
  const { redactor } = useSession();
  return (
    <Box flexDirection="column" height={DETAIL_ROWS} flexShrink={0} overflow="hidden" paddingTop={1}>
      <Prose tone={LOOKS[outcome].tone}>{redactor.text(message)}</Prose>
      {remedy === undefined ? null : <Prose>{`→ ${redactor.text(remedy)}`}</Prose>}
    </Box>
  );
}

function doctorActions(session: Session, { examine, isRunning }: Examined, row: Row | undefined): Action[] {
  const { router, terminal, notices, redactor } = session;
  const busy = isRunning ? "the checks are still going on" : undefined;
  const place = row === undefined ? undefined : placeFor(row);
  const fix = async () => {
    const effects = [
      "Folders that are missing are made, and connections without an id get one.",
      "A secrets file that others can read is made its owner's alone.",
    ];
    const command = "sluice doctor --fix";
    if (await askConfirm(session, { title: "Mend what can be mended?", effects, command })) await examine(true);
  };
  return [
    {
      ...{ id: "doctor.open", keys: ["enter", "l", "right"], title: "go there", footer: 100 },
      help: "Open the screen on which the finding can be mended.",
      disabled: place === undefined ? "there is no screen for it; what to do stands below" : undefined,
      run: () => {
        if (place !== undefined) router.open(place);
      },
    },
    {
      ...{
        id: "doctor.fix",
        keys: ["f"],
        title: "fix",
        footer: 90,
        disabled: busy,
        command: "sluice doctor --fix",
        run: fix,
      },
      help: "Mend what can be mended without asking more: rights, folders, missing ids.",
    },
    {
      ...{
        id: "doctor.again",
        keys: ["r"],
        title: "check again",
        footer: 80,
        disabled: busy,
        command: "sluice doctor",
      },
      help: "Look at everything again.",
      run: () => examine(false),
    },
    {
      ...{ id: "doctor.copy", keys: ["y"], title: "copy", footer: 20 },
      help: "Put the finding on the clipboard.",
      disabled: row === undefined ? "there is nothing yet" : undefined,
      run: () => {
        const text = redactor.text([row?.check, row?.message, row?.remedy].filter(Boolean).join("\n"));
        if (terminal.copy(text)) notices.say("the finding is copied", "good");
      },
    },
  ];
}

function placeFor({ check, subject }: Finding): Place | undefined {
  if (check === "destination") return { screen: "database" };
  if (check === "secrets") return { screen: "secrets" };
  if (check === "config") return { screen: "connections" };
  return check === "connection" && subject !== undefined ? { screen: "edit", name: subject } : undefined;
}

const LOOKS: Readonly<Record<Finding["outcome"], { symbol: string; word: string; tone: Tone }>> = {
  ok: { symbol: "✓", word: "ok", tone: "good" },
  fixed: { symbol: "✓", word: "fixed", tone: "accent" },
  warning: { symbol: "!", word: "look", tone: "warn" },
  failed: { symbol: "✗", word: "failed", tone: "bad" },
  skipped: { symbol: "·", word: "left", tone: "dim" },
};

function columnsFor({ redactor }: Session): Column<Row>[] {
  return [
    {
      ...{ title: "", width: 8 },
      cell: ({ outcome }) => ({ text: `${LOOKS[outcome].symbol} ${LOOKS[outcome].word}`, tone: LOOKS[outcome].tone }),
    },
    { title: "check", width: 12, cell: ({ check }) => check },
    { title: "found", width: "grow", cell: ({ message }) => redactor.text(message) },
  ];
}
