import { asSluiceError } from "../../../core/errors.ts";
import { destinationState } from "../../../pipelines/load/state-operations.ts";
import { destinationOf, openDestination } from "../../../runner/open-destination.ts";
import { getConnection } from "../../../workspace/config-file.ts";
import type { ConnectionState } from "../../../workspace/config-schema.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import type { Compared, StateEntry, StateRow } from "./state-tree.ts";

/** What is under the cursor. */
export interface AboutState {
  row: StateRow | undefined;
  entry: StateEntry | undefined;
  /** Keeps what the destination has said of a connection. */
  learn(connection: string, found: Compared): void;
}

export interface Tree extends AboutState {
  rows: readonly StateRow[];
  toggle(row: StateRow): void;
  select(id: string): void;
}

/** Moving through the tree, and asking the destination. */
export function stateActions(session: Session, tree: Tree): Action[] {
  return [...treeActions(tree), ...askActions(session, tree)];
}

function treeActions({ row, rows, toggle, select }: Tree): Action[] {
  const parent = row && rows.slice(0, rows.indexOf(row)).findLast(({ depth }) => depth < row.depth);
  return [
    {
      ...{ id: "state.toggle", keys: ["enter", "space"], title: row?.isOpen === true ? "close" : "open", footer: 60 },
      help: "Show or hide what is below.",
      disabled: row?.hasParts === true ? undefined : "there is nothing below",
      run: () => row && toggle(row),
    },
    {
      ...{ id: "state.open", keys: ["l", "right"], title: "open", help: "Show what is below." },
      run: () => {
        if (row?.hasParts === true && !row.isOpen) toggle(row);
      },
    },
    {
      ...{ id: "state.close", keys: ["h", "left"], title: "close", help: "Hide what is below, or go one level up." },
      run: () => {
        if (row?.isOpen === true) toggle(row);
        else if (parent !== undefined) select(parent.id);
      },
    },
  ];
}

function askActions(session: Session, { row, learn }: Tree): Action[] {
  const name = row?.connection ?? "";
  const missing = row === undefined ? "there is no connection" : undefined;
  return [
    {
      ...{ id: "state.compare", keys: ["c"], title: "compare", footer: 95, disabled: missing },
      help: "Ask the destination, which is right where config.json says something else. Starts the embedded Postgres.",
      command: `sluice state show ${name}`,
      run: async () => {
        learn(name, { state: "asking" });
        learn(name, await ask(session, name));
      },
    },
    {
      ...{ id: "state.copy", keys: ["y"], title: "copy", footer: 20 },
      help: "Put the cursor on the clipboard, as JSON.",
      disabled: missing ?? (row?.value === undefined ? "a connection has no cursor of its own" : undefined),
      run: () => {
        if (session.terminal.copy(JSON.stringify(row?.value))) session.notices.say("the cursor is copied", "good");
      },
    },
  ];
}

async function ask(session: Session, name: string): Promise<Compared> {
  try {
    return { state: "ready", destination: await askDestination(session, name) };
  } catch (error) {
    session.notices.fail(error);
    return { state: "failed", message: asSluiceError(error).code };
  }
}

async function askDestination({ workspace, redactor }: Session, name: string): Promise<ConnectionState> {
  const connection = await getConnection(workspace, name);
  const destinationName = await destinationOf(workspace, connection.destination);
  await using destination = await openDestination(workspace, destinationName, "a look at state");
  redactor.add([destination.address.password ?? ""]);
  return await destinationState(destination.address, connection.id);
}
