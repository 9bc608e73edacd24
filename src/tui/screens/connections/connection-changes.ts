import { updateConnection } from "../../../workspace/config-file.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import type { Place } from "../../state/place.ts";
import { rarelyNeeded } from "../rarely-needed.ts";
import type { Chosen } from "./connection-actions.ts";
import { askDuplicate, askRename } from "./connection-names.ts";
import type { ConnectionRow } from "./connection-rows.ts";

/** What makes, changes and removes connections. */
export function changeActions(session: Session, chosen: Chosen): Action[] {
  const { selected } = chosen;
  const missing = selected === undefined ? "there is no connection yet" : undefined;
  return [
    ...formActions(session, missing, selected),
    ...nameActions(session, missing, chosen),
    ...stateActions(session, missing, selected),
  ];
}

type Missing = string | undefined;
type Selected = ConnectionRow | undefined;

function formActions(session: Session, missing: Missing, selected: Selected): Action[] {
  const { router } = session;
  const name = selected?.name ?? "";
  const open = (place: Place) => () => router.open(place);
  return [
    {
      ...{ id: "connections.add", keys: ["a"], title: "add", footer: 90, run: open({ screen: "add" }) },
      help: "Add a connection, step by step: connector, settings, secrets, test, streams.",
      disabled: whyNoConfig(session),
      command: "sluice connections add",
    },
    {
      ...{ id: "connections.edit", keys: ["e"], title: "edit", footer: 88, run: open({ screen: "edit", name }) },
      help: "Change the connection's settings and secrets, also when they are invalid.",
      disabled: missing,
      command: `sluice connections edit ${name}`,
    },
    {
      ...{ id: "connections.editor", keys: ["E"], title: "edit as JSON", footer: 18 },
      help: "Open the connection's settings in $EDITOR.",
      disabled: missing,
      command: `sluice connections edit ${name}`,
      run: async () => (await rarelyNeeded.editRaw()).editSavedRaw(session, name),
    },
    {
      ...{ id: "connections.test", keys: ["t"], title: "test", footer: 50, run: open({ screen: "test", name }) },
      help: "Try settings, source and destination, step by step. Changes nothing.",
      disabled: missing,
      command: `sluice connections test ${name}`,
    },
    {
      ...{
        id: "connections.streams",
        keys: ["d"],
        title: "streams",
        footer: 48,
        run: open({ screen: "streams", name }),
      },
      help: "Ask the source what it offers, look at first rows, and choose what is loaded how. (Discover)",
      disabled: missing,
      command: `sluice connections discover ${name}`,
    },
  ];
}

function nameActions(session: Session, missing: Missing, { selected, clearMarks, select }: Chosen): Action[] {
  const name = selected?.name ?? "";
  const running = selected?.live === undefined ? undefined : "it is running";
  return [
    {
      ...{ id: "connections.duplicate", keys: ["c"], title: "duplicate", footer: 16, disabled: missing },
      help: "Make a second connection with the same settings and secrets, and without state.",
      run: async () => {
        const copy = await askDuplicate(session, name);
        if (copy !== undefined) select(copy);
      },
    },
    {
      ...{ id: "connections.rename", keys: ["n"], title: "rename", footer: 15, disabled: missing },
      help: "Give it another name. Its state and secrets go with it.",
      command: `sluice connections rename ${name}`,
      run: () => askRename(session, name),
    },
    {
      ...{ id: "connections.delete", keys: ["D"], title: "delete", footer: 12, disabled: missing ?? running },
      help: "Take the connection out of config.json. Asks what becomes of its secrets and tables, and for its name.",
      command: `sluice connections remove ${name}`,
      run: async () => {
        const { askDeletion } = await rarelyNeeded.deletion();
        if (await askDeletion(session, name)) clearMarks();
      },
    },
  ];
}

function stateActions(session: Session, missing: Missing, selected: Selected): Action[] {
  const { workspace, config, notices } = session;
  const name = selected?.name ?? "";
  const isEnabled = selected?.connection?.enabled === true;
  const invalid = missing ?? (selected?.connection === undefined ? "its settings are invalid" : undefined);
  return [
    {
      ...{ id: "connections.enable", keys: ["x"], title: isEnabled ? "disable" : "enable", footer: 35 },
      help: "A disabled connection stays as it is but does not run.",
      disabled: invalid,
      command: `sluice connections ${isEnabled ? "disable" : "enable"} ${name}`,
      run: async () => {
        await updateConnection(workspace, name, `${isEnabled ? "disabling" : "enabling"} ${name}`, (entry) => {
          entry.enabled = !isEnabled;
        });
        await config.reload();
        notices.say(`${name} is ${isEnabled ? "disabled" : "enabled"}`, "good");
      },
    },
    {
      ...{ id: "connections.reset", keys: ["Z"], title: "reset state", footer: 11 },
      help: "Forget how far every stream has been read. Rows stay in their tables. Asks for the name.",
      disabled: invalid ?? (selected?.live === undefined ? undefined : "it is running"),
      command: `sluice state reset ${name}`,
      run: async () => (await rarelyNeeded.resetState()).resetState(session, name),
    },
  ];
}

function whyNoConfig({ config }: Session): string | undefined {
  const { state } = config.get();
  if (state === "missing") return "there is no workspace here yet";
  return state === "broken" ? "config.json must be mended first" : undefined;
}
