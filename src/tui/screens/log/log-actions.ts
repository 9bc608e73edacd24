import { parseEvent } from "../../../runs/event-reader.ts";
import { editInEditor } from "../../../system/editor.ts";
import { runInForeground } from "../../../system/foreground.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { nextLevel, toggleField } from "./log-query.ts";
import { unfoldEvent } from "./unfolded.tsx";
import type { Log } from "./use-log.ts";

export interface AboutLog {
  log: Log;
  path: string;
  filter: string;
  height: number;
  setFilter(filter: string): void;
  write(): void;
}

export function logActions(session: Session, about: AboutLog): Action[] {
  return [...lookActions(session, about), ...filterActions(about), ...fileActions(session, about), ...moves(about)];
}

function lookActions(session: Session, { log }: AboutLog): Action[] {
  const { selected } = log;
  const none = selected === undefined ? "there is no event" : undefined;
  // Not the selected one: where a jump has just landed it has yet to be read when the key comes again.
  const empty = log.view.count === 0 ? "there is no event" : undefined;
  const jump = async (step: 1 | -1) => {
    if (!(await log.jump(step))) session.notices.say(`there is no error ${step === 1 ? "after" : "before"} this`);
  };
  return [
    {
      ...{ id: "log.unfold", keys: ["enter", "l", "right"], title: "unfold", footer: 100, disabled: none },
      help: "Show everything that the event says.",
      run: () => {
        if (selected !== undefined) unfoldEvent(session, selected.text);
      },
    },
    {
      ...{ id: "log.next-error", keys: ["n"], title: "next error", footer: 90, disabled: empty, run: () => jump(1) },
      help: "Go to the next error.",
    },
    {
      ...{ id: "log.previous-error", keys: ["N"], title: "error before", disabled: empty, run: () => jump(-1) },
      help: "Go to the error before this.",
    },
    {
      ...{ id: "log.follow", keys: ["F"], title: "follow", footer: log.isFollowing ? 20 : 88 },
      help: "Go to the end, and stay there when the log grows.",
      disabled: log.isFollowing ? "it is followed" : undefined,
      run: log.follow,
    },
    {
      ...{ id: "log.copy", keys: ["y"], title: "copy", footer: 25, disabled: none },
      help: "Put the event on the clipboard, as JSON.",
      run: () => {
        if (selected !== undefined && session.terminal.copy(session.redactor.text(selected.text)))
          session.notices.say("the event is copied", "good");
      },
    },
  ];
}

function filterActions({ log: { selected }, filter, setFilter, write }: AboutLog): Action[] {
  const event = selected === undefined ? undefined : parseEvent(selected.text);
  return [
    {
      ...{ id: "log.filter", keys: ["/"], title: "filter", footer: 70, run: write },
      help: "Show only lines with these words. level:warn, stream:orders, kind:http look at one field, !word leaves lines out.",
    },
    {
      ...{ id: "log.level", keys: ["v"], title: "level", footer: 60, run: () => setFilter(nextLevel(filter)) },
      help: "Show everything but debug, then warnings and errors, then errors alone, then all.",
    },
    {
      ...{ id: "log.stream", keys: ["t"], title: "this stream", footer: 50 },
      help: "Show only the stream of the selected event, or all again.",
      disabled: event?.stream === undefined ? "the event is of no stream" : undefined,
      run: () => setFilter(toggleField(filter, "stream", event?.stream ?? "")),
    },
    {
      ...{ id: "log.kind", keys: ["x"], title: "this kind", footer: 45 },
      help: "Show only events of the selected one's kind, or all again.",
      disabled: event === undefined ? "it is no event" : undefined,
      run: () => setFilter(toggleField(filter, "kind", event?.kind ?? "")),
    },
    ...(filter === ""
      ? []
      : [
          {
            ...{ id: "log.unfilter", keys: ["esc"], title: "clear filter", footer: 95, run: () => setFilter("") },
            help: "Show all lines again, around the selected one.",
          },
        ]),
  ];
}

function fileActions({ terminal, host, workspace }: Session, { path }: AboutLog): Action[] {
  return [
    {
      ...{ id: "log.pager", keys: ["p"], title: "pager", footer: 30 },
      help: "Open the file in $PAGER.",
      run: async () => {
        const env = { ...host.env };
        const command = `${env.PAGER || "less"} "$1"`;
        await terminal.lend(() => runInForeground("sh", ["-c", command, "sh", path], { cwd: workspace.root, env }));
      },
    },
    {
      ...{ id: "log.editor", keys: ["E"], title: "editor", help: "Open the file in $EDITOR." },
      run: () => terminal.lend(() => editInEditor(path, { ...host.env })),
    },
  ];
}

function moves({ log: { moveTo, index, follow }, height }: AboutLog): Action[] {
  const half = Math.max(1, Math.floor(height / 2));
  const page = Math.max(1, height - 1);
  const move = (id: string, keys: readonly string[], help: string, run: () => void): Action => ({
    ...{ id: `list.${id}`, keys, title: id.replace("-", " "), help, run },
  });
  return [
    move("down", ["j", "down"], "Go one line down.", () => moveTo(index + 1)),
    move("up", ["k", "up"], "Go one line up; what follows the end stops then.", () => moveTo(index - 1)),
    move("first", ["g", "home"], "Go to the first line.", () => moveTo(0)),
    move("last", ["G", "end"], "Go to the last line, and stay at the end.", follow),
    move("half-down", ["ctrl+d"], "Go half a page down.", () => moveTo(index + half)),
    move("half-up", ["ctrl+u"], "Go half a page up.", () => moveTo(index - half)),
    move("page-down", ["pagedown", "space"], "Go a page down.", () => moveTo(index + page)),
    move("page-up", ["pageup"], "Go a page up.", () => moveTo(index - page)),
  ];
}
