import { resolve } from "node:path";
import { type CursorForm, parseCursor } from "../../core/cursor-argument.ts";
import { SluiceError } from "../../core/errors.ts";
import { canonicalJson, type JsonValue } from "../../core/json.ts";
import { adoptState, destinationState, resetStreams, setCursor } from "../../pipelines/load/state-operations.ts";
import { changeState, type StateChange } from "../../runner/change-state.ts";
import { stateInBackup } from "../../runner/state-backups.ts";
import { getConnection } from "../../workspace/config-file.ts";
import type { ConnectionState } from "../../workspace/config-schema.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { confirm } from "../confirm.ts";
import { openDestinationOf } from "../open-destination.ts";
import { formatTable } from "../table.ts";

export async function showState(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const connection = await getConnection(workspace, input.argument("name"));
  const mirror = connection.state ?? null;
  if (input.flag("offline")) return stateAnswer(connection.name, mirror, undefined);
  await using destination = await openDestinationOf(context, connection);
  return stateAnswer(connection.name, mirror, await destinationState(destination.address, connection.id));
}

export async function setStreamCursor(context: CommandContext, input: CommandInput): Promise<Answer> {
  const stream = input.argument("stream");
  const { state } = await getConnection(await context.workspace(), input.argument("name"));
  const before = state?.streams[stream]?.cursor;
  const cursor = parseCursor(input.argument("cursor"), { before, as: cursorForm(input) });
  const [from, to] = [before ?? null, cursor].map((value) => JSON.stringify(value));
  return move(context, input, {
    what: `This moves the cursor of stream ${stream} from ${from} to ${to}; the rows stay as they are.`,
    change: ({ address }, { id }) => setCursor(address, id, stream, cursor),
  });
}

function cursorForm(input: CommandInput): CursorForm["as"] {
  if (!input.flag("string")) return input.flag("json-value") ? "json" : undefined;
  if (!input.flag("json-value")) return "string";
  throw new SluiceError("usage", "--string and --json-value cannot both be meant. Give one of them.");
}

export async function resetState(context: CommandContext, input: CommandInput): Promise<Answer> {
  const streams = input.list("stream");
  const which = streams.length === 0 ? "every stream" : `the streams ${streams.join(", ")}`;
  return move(context, input, {
    what: `This forgets how far ${which} had been read: the next run starts from the beginning. Rows stay in their tables, and an append loads them again.`,
    change: ({ address }, { id }) => resetStreams(address, id, streams.length === 0 ? "all" : streams),
  });
}

export async function adoptEdit(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const backup = input.text("backup");
  const from = backup === undefined ? "config.json" : resolve(context.io.cwd, backup);
  return move(context, input, {
    what: `This takes the state that stands in ${from} over into the destination.`,
    async change({ address }, { id, name, state: mirror }) {
      const state = backup === undefined ? mirror : await stateInBackup(workspace, from, id);
      if (state !== undefined) return adoptState(address, id, state);
      throw new SluiceError("state_edited", `adopting the state of ${name}: ${from} has no state of it to take over.`);
    },
  });
}

export async function restoreFromDestination(context: CommandContext, input: CommandInput): Promise<Answer> {
  return move(context, input, {
    what: "This replaces the state that stands in config.json by the destination's.",
    change: ({ address }, { id }) => destinationState(address, id),
  });
}

interface Move {
  what: string;
  change: StateChange;
}

async function move(context: CommandContext, input: CommandInput, { what, change }: Move): Promise<Answer> {
  const workspace = await context.workspace();
  const name = input.argument("name");
  await getConnection(workspace, name);
  await confirm(context, { what: `${name}: ${what}`, answer: name, yes: input.flag("yes") });
  const { state, backup } = await changeState(workspace, name, change);
  const answer = stateAnswer(name, state, state);
  return { data: { ...(answer.data as object), backup }, text: `${answer.text}\nbackup: ${backup}` };
}

function stateAnswer(name: string, mirror: ConnectionState | null, destination: ConnectionState | undefined): Answer {
  const streams = new Set([...Object.keys(mirror?.streams ?? {}), ...Object.keys(destination?.streams ?? {})]);
  const rows = [...streams].sort().map((stream) => {
    const here = mirror?.streams[stream]?.cursor;
    const there = destination?.streams[stream]?.cursor;
    const same = destination === undefined || canonicalJson(here) === canonicalJson(there);
    return [stream, shorten(there ?? here), same ? "" : "config.json differs"];
  });
  const table = formatTable([{ title: "stream" }, { title: "cursor" }, { title: "note" }], rows);
  const text =
    rows.length === 0 ? `${name} has not been read yet.` : `${table}\nrevision: ${(destination ?? mirror)?.revision}`;
  return { data: { connection: name, config: mirror, destination: destination ?? null }, text };
}

/** Cursors of files can be long; the whole stands in --json. */
const CURSOR_WIDTH = 60;

function shorten(cursor: JsonValue | undefined): string {
  if (cursor === undefined) return "";
  const text = typeof cursor === "string" ? cursor : JSON.stringify(cursor);
  return text.length > CURSOR_WIDTH ? `${text.slice(0, CURSOR_WIDTH - 1)}…` : text;
}
