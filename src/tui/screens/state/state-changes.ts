import { formatCount } from "../../../core/count-text.ts";
import { parseCursor } from "../../../core/cursor-argument.ts";
import { asSluiceError } from "../../../core/errors.ts";
import { canonicalJson, type JsonValue } from "../../../core/json.ts";
import { adoptState, destinationState, resetStreams, setCursor } from "../../../pipelines/load/state-operations.ts";
import { changeState, type StateChange } from "../../../runner/change-state.ts";
import { type StateBackup, stateBackups } from "../../../runner/state-backups.ts";
import { getConnection } from "../../../workspace/config-file.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { askPick } from "../../ui/ask-pick.tsx";
import { askText } from "../../ui/ask-text.tsx";
import { askConfirm } from "../../ui/confirm.tsx";
import type { AboutState } from "./state-actions.ts";
import { cursorOf, GLOBAL, isSameState, withPart } from "./state-tree.ts";

/** A change that is asked for with the connection's name, and the command that does the same. */
interface Change {
  title: string;
  effects: readonly string[];
  command: string;
  done: string;
  change: StateChange;
}

/** What moves a cursor. Each asks for the connection's name first, and keeps a backup of config.json. */
export function changeActions(session: Session, about: AboutState): Action[] {
  return [editAction(session, about), resetAction(session, about), ...mendActions(session, about)];
}

async function perform(session: Session, { learn }: AboutState, name: string, asked: Change): Promise<void> {
  const { title, effects, command, done, change } = asked;
  if (!(await askConfirm(session, { title, effects, command, typeName: name }))) return;
  const { state, backup } = await changeState(session.workspace, name, change);
  await session.config.reload();
  learn(name, { state: "ready", destination: state });
  session.notices.say(`${done}; the backup of config.json is ${backup}`, "good");
}

function editAction(session: Session, about: AboutState): Action {
  const { row, entry } = about;
  const { connection = "", stream, path = [], value } = row ?? {};
  const edit = async () => {
    if (stream === undefined || entry === undefined || value === undefined) return;
    const whole = cursorOf(entry, stream) ?? null;
    const read = (text: string) => withPart(whole, path, parseCursor(text, { before: value, as: undefined }));
    const command = (cursor: JsonValue) =>
      `sluice state set ${connection} ${stream} '${canonicalJson(cursor)}' --json-value`;
    const text = await askText(session, {
      title: `Cursor of ${[stream, ...path].join(" › ")}`,
      effects: ["The next run reads on from here. Text, or any JSON."],
      initial: typeof value === "string" ? value : value === null ? "" : JSON.stringify(value),
      problemOf: (written) => problemOf(written, read),
      commandFor: (written) => (problemOf(written, read) === undefined ? command(read(written)) : "sluice state set"),
    });
    if (text === undefined) return;
    const cursor = read(text);
    await perform(session, about, connection, {
      title: `Move the cursor of ${stream}?`,
      effects: [`It moves from ${canonicalJson(whole)} to ${canonicalJson(cursor)}.`, "The rows stay as they are."],
      command: command(cursor),
      done: `the cursor of ${stream} is moved`,
      change: ({ address }, { id }) => setCursor(address, id, stream, cursor),
    });
  };
  return {
    ...{ id: "state.edit", keys: ["e"], title: "edit cursor", footer: 90, run: edit },
    help: "Move the selected cursor, or the selected part of it. Asks for the connection's name.",
    disabled: whyNoCursor(stream),
  };
}

function whyNoCursor(stream: string | undefined): string | undefined {
  if (stream === undefined) return "select a stream";
  return stream === GLOBAL ? "it belongs to no single stream; D on the connection forgets it" : undefined;
}

function problemOf(text: string, read: (text: string) => JsonValue): string | undefined {
  if (text.trim() === "") return "is empty; D forgets a cursor";
  try {
    read(text);
    return undefined;
  } catch (error) {
    return asSluiceError(error).message;
  }
}

function resetAction(session: Session, about: AboutState): Action {
  const { connection: name = "", stream } = about.row ?? {};
  const isAll = stream === undefined;
  const which = isAll ? "every stream" : `the stream ${stream}`;
  return {
    ...{ id: "state.reset", keys: ["D"], title: isAll ? "reset all" : "reset stream", footer: 80 },
    help: "Forget how far the stream, or on a connection every stream, was read. Asks for the connection's name.",
    disabled: about.row === undefined ? "there is no connection" : stream === GLOBAL ? whyNoCursor(stream) : undefined,
    run: () =>
      perform(session, about, name, {
        title: `Reset ${isAll ? name : `${name} › ${stream}`}?`,
        effects: [
          `It is forgotten how far ${which} was read: the next run starts from the beginning.`,
          "Rows stay in their tables, and an append loads them again.",
        ],
        command: `sluice state reset ${name}${isAll ? "" : ` --stream ${stream}`}`,
        done: `${which} starts from the beginning`,
        change: ({ address }, { id }) => resetStreams(address, id, isAll ? "all" : [stream]),
      }),
  };
}

/** After somebody has edited the state in config.json by hand, and for going back in time. */
function mendActions(session: Session, about: AboutState): Action[] {
  const { row, entry } = about;
  const name = row?.connection ?? "";
  const isSame = entry?.compared?.state === "ready" && isSameState(entry.mirror, entry.compared.destination);
  const unneeded = row === undefined ? "there is no connection" : isSame ? "config.json says the same" : undefined;
  return [
    {
      ...{ id: "state.adopt", keys: ["A"], title: "adopt edit", footer: 70 },
      help: "Take the state that was edited in config.json over into the destination. Asks for the connection's name.",
      disabled: unneeded ?? (entry?.mirror === undefined ? "config.json has no state of it" : undefined),
      run: () =>
        perform(session, about, name, {
          title: `Adopt the state of ${name} that stands in config.json?`,
          effects: ["The destination takes it over: the next run reads on from there.", "The rows stay as they are."],
          command: `sluice state adopt ${name}`,
          done: `the state of ${name} is adopted`,
          change: ({ address }, { id, state: mirror }) =>
            mirror === undefined ? destinationState(address, id) : adoptState(address, id, mirror),
        }),
    },
    {
      ...{ id: "state.restore", keys: ["U"], title: "undo edit", footer: 65, disabled: unneeded },
      help: "Drop an edit of the state in config.json: it follows the destination again. Asks for the connection's name.",
      run: () =>
        perform(session, about, name, {
          title: `Drop the edit of the state of ${name}?`,
          effects: ["config.json follows the destination again; the destination stays as it is."],
          command: `sluice state restore ${name}`,
          done: `the state of ${name} in config.json follows the destination`,
          change: ({ address }, { id }) => destinationState(address, id),
        }),
    },
    {
      ...{ id: "state.backup", keys: ["b"], title: "backups", footer: 50 },
      help: "Go back to a state that stands in a backup of config.json. Asks for the connection's name.",
      disabled: row === undefined ? "there is no connection" : undefined,
      run: () => restoreBackup(session, about, name),
    },
  ];
}

async function restoreBackup(session: Session, about: AboutState, name: string): Promise<void> {
  const { workspace, notices, redactor } = session;
  const { id } = await getConnection(workspace, name);
  const backups = await stateBackups(workspace, id);
  if (backups.length === 0) return notices.say(`no backup of config.json holds a state of ${name}`, "warn");
  const backup = await askPick(session, {
    title: `States of ${name} in the backups of config.json`,
    rows: backups,
    idOf: ({ path }: StateBackup) => path,
    columns: () => [
      { title: "until (UTC)", width: 18, cell: ({ time }) => time.slice(0, 15).replace("T", " ") },
      { title: "streams", width: 8, cell: ({ state }) => String(Object.keys(state.streams).length) },
      { title: "cursors", width: "grow", cell: ({ state }) => redactor.text(cursorsText(state.streams)) },
    ],
  });
  if (backup === undefined) return;
  await perform(session, about, name, {
    title: `Go back to the state of ${name} in ${backup.path}?`,
    effects: [
      `${formatCount(Object.keys(backup.state.streams).length, "cursor")} of then are taken over: the next run reads on from there.`,
      "Streams that it does not know start from the beginning. The rows stay as they are.",
    ],
    command: `sluice state adopt ${name} --backup ${backup.path}`,
    done: `the state of ${name} is that of the backup`,
    change: ({ address }, { id: own }) => adoptState(address, own, backup.state),
  });
}

function cursorsText(streams: Record<string, { cursor: JsonValue }>): string {
  return Object.entries(streams)
    .map(([name, { cursor }]) => `${name} ${typeof cursor === "string" ? cursor : JSON.stringify(cursor)}`)
    .join(", ");
}
