import { updateConnection } from "../../../workspace/config-file.ts";
import type { Mode } from "../../../workspace/config-schema.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { forgetKept } from "../../state/kept.ts";
import { askChoice } from "../../ui/ask-choice.tsx";
import { askText } from "../../ui/ask-text.tsx";
import { openPreview } from "./preview.tsx";
import { applyChoices, type Choices, lacksKey, MODES, type StreamChoice, type StreamRow } from "./stream-choices.ts";
import { openDetails } from "./stream-details.tsx";
import type { Offer } from "./use-offered.ts";

export interface Picking {
  offer: Offer;
  /** All of them, and those that the filter leaves. */
  rows: readonly StreamRow[];
  shown: readonly StreamRow[];
  selected: StreamRow | undefined;
  choices: Choices;
  setChoices(choices: Choices): void;
  /** Asks the source again. */
  again(): void;
}

export function keptChoices(name: string): string {
  return `streams of ${name}`;
}

export function streamActions(session: Session, picking: Picking): Action[] {
  return [
    ...selectActions(picking),
    ...settingActions(session, picking),
    ...lookActions(session, picking),
    ...leaveActions(session, picking),
  ];
}

function selectActions({ selected, shown, choices, setChoices }: Picking): Action[] {
  const none = selected === undefined ? "there is no stream here" : undefined;
  const areAll = shown.every((row) => row.selected);
  return [
    {
      ...{ id: "streams.toggle", keys: ["space", "x"], title: selected?.selected ? "leave out" : "load", footer: 95 },
      help: "Load the stream, or leave it out.",
      disabled: none,
      run: () => {
        if (selected !== undefined) setChoices(withChoice(choices, selected, { selected: !selected.selected }));
      },
    },
    {
      ...{ id: "streams.all", keys: ["a"], title: areAll ? "none" : "all", footer: 80 },
      help: "Load every stream that is shown, or, when all are, none of them.",
      disabled: none,
      run: () => setChoices(shown.reduce((all, row) => withChoice(all, row, { selected: !areAll }), choices)),
    },
    {
      ...{ id: "streams.mode", keys: ["m"], title: "mode", footer: 90 },
      help: "Append, replace or merge: how the rows of the stream meet its table.",
      disabled: none,
      run: () => {
        if (selected === undefined) return;
        const next = (MODES.indexOf(selected.mode as Mode) + 1) % MODES.length;
        setChoices(withChoice(choices, selected, { mode: MODES[next] ?? "append" }));
      },
    },
  ];
}

function settingActions(session: Session, { offer, selected, choices, setChoices }: Picking): Action[] {
  const none = selected === undefined ? "there is no stream here" : undefined;
  const { name } = offer.connection;
  const place = `schema.streams[${JSON.stringify(selected?.name ?? "")}]`;
  return [
    {
      ...{ id: "streams.key", keys: ["K"], title: "key", footer: 50, disabled: none },
      help: "Name the columns that tell rows apart; merge needs them.",
      run: async () => {
        if (selected === undefined) return;
        const text = await askText(session, {
          title: `Which columns tell the rows of ${selected.name} apart?`,
          effects: ["Their names with commas between them; nothing for what the connector proposes."],
          initial: selected.primary_key.join(", "),
          problemOf: (written) => unknownColumns(selected, listOf(written)),
          commandFor: (written) =>
            `sluice connections edit ${name} --set '${place}.primary_key=${JSON.stringify(listOf(written))}'`,
        });
        if (text === undefined) return;
        const columns = listOf(text);
        setChoices(
          withChoice(choices, selected, {
            primary_key: columns.length === 0 ? selected.proposed.primary_key : columns,
          }),
        );
      },
    },
    {
      ...{ id: "streams.cursor", keys: ["C"], title: "cursor", footer: 45, disabled: none },
      help: "Name the column by which new rows are recognised.",
      run: async () => {
        if (selected === undefined) return;
        const text = await askText(session, {
          title: `By which column are new rows of ${selected.name} recognised?`,
          effects: ["Its name; nothing for what the connector proposes."],
          initial: selected.cursor_field ?? "",
          problemOf: (written) => unknownColumns(selected, listOf(written).slice(0, 1)),
          commandFor: (written) => `sluice connections edit ${name} --set '${place}.cursor_field=${written}'`,
        });
        if (text === undefined) return;
        const column = text.trim();
        setChoices(
          withChoice(choices, selected, {
            cursor_field: column === "" ? (selected.proposed.cursor_field ?? "") : column,
          }),
        );
      },
    },
  ];
}

function lookActions(session: Session, { offer, selected, again }: Picking): Action[] {
  const none = selected === undefined ? "there is no stream here" : undefined;
  return [
    {
      ...{ id: "streams.preview", keys: ["p"], title: "first rows", footer: 85 },
      help: "Read ten rows from the source and stop there. Nothing is loaded, no cursor is moved.",
      disabled: none ?? (selected?.isOffered === true ? undefined : "the source does not offer it any more"),
      run: () => {
        if (selected !== undefined) openPreview(session, offer, selected.name);
      },
    },
    {
      ...{ id: "streams.details", keys: ["enter", "l", "right"], title: "columns", footer: 75, disabled: none },
      help: "Show the stream with all its columns.",
      run: () => {
        if (selected !== undefined) openDetails(session, selected);
      },
    },
    {
      ...{ id: "streams.again", keys: ["r"], title: "ask again", footer: 40, run: again },
      help: "Ask the source again for its streams. What was chosen stays.",
      command: `sluice connections discover ${offer.connection.name}`,
    },
  ];
}

function leaveActions(session: Session, picking: Picking): Action[] {
  const changed = picking.rows.filter(({ isChanged }) => isChanged).length;
  return [
    {
      ...{ id: "streams.save", keys: ["w", "ctrl+s"], title: changed === 0 ? "save" : `save ${changed}`, footer: 100 },
      help: "Write what was chosen to config.json; the next run goes by it.",
      disabled: changed === 0 ? "nothing was changed" : undefined,
      run: () => save(session, picking),
    },
    {
      ...{ id: "streams.back", keys: ["esc", "q"], title: "back", footer: 60 },
      help: "Go back. Asks when something is not saved.",
      run: () => leave(session, picking, changed),
    },
  ];
}

async function save(session: Session, { offer, rows, choices, setChoices }: Picking): Promise<void> {
  const { name } = offer.connection;
  const here = session.router.current();
  await updateConnection(session.workspace, name, `choosing the streams of ${name}`, (entry) =>
    applyChoices(entry, rows, choices),
  );
  setChoices({});
  forgetKept(session, keptChoices(name));
  await session.config.reload();
  session.router.back(here);
  const keyless = rows.filter(lacksKey).map((row) => row.name);
  const warning = `; ${keyless.join(", ")} will not load until there is a key for merging`;
  session.notices.say(
    `The streams of ${name} are saved${keyless.length === 0 ? "" : warning}`,
    keyless.length === 0 ? "good" : "warn",
  );
}

async function leave(session: Session, picking: Picking, changed: number): Promise<void> {
  if (changed === 0) return void session.router.back();
  const choice = await askChoice<"save" | "drop">(session, {
    title: "Leave without saving?",
    lines: [`${changed === 1 ? "One stream is" : `${changed} streams are`} changed and not saved.`],
    choices: [
      { key: "w", title: "save", help: "Save what was chosen, and leave.", value: "save" },
      { key: "x", title: "drop it", help: "Leave, and forget what was chosen.", value: "drop" },
    ],
  });
  if (choice === "save") await save(session, picking);
  if (choice !== "drop") return;
  forgetKept(session, keptChoices(picking.offer.connection.name));
  session.router.back();
}

function withChoice(choices: Choices, { name }: StreamRow, choice: StreamChoice): Choices {
  return { ...choices, [name]: { ...choices[name], ...choice } };
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Where the columns are known, a name that is none of them is a slip. */
function unknownColumns({ columns }: StreamRow, names: readonly string[]): string | undefined {
  if (columns === null) return undefined;
  const unknown = names.filter((name) => !columns.some((column) => column.name === name));
  return unknown.length === 0 ? undefined : `there is no column ${unknown.join(", ")}`;
}
