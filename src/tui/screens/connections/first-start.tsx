import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Box } from "ink";
import type { ReactNode } from "react";
import { runInForeground } from "../../../system/foreground.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { askText } from "../../ui/ask-text.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useList } from "../../ui/use-list.ts";

interface Choice {
  key: string;
  title: string;
  help: string;
  choose(): Promise<void>;
}

/** The lines above and below the choices. */
const AROUND_ROWS = 4;

/** In a folder without a workspace: the three ways to begin. */
export function FirstStart(): ReactNode {
  const session = useSession();
  const { rows: height } = useBodySize();
  const rows = choicesOf(session);
  const list = useList({
    name: "start",
    rows,
    idOf: ({ key }) => key,
    height: Math.min(rows.length, height - AROUND_ROWS),
  });
  const keys = rows.map(
    ({ key, title, help, choose }): Action => ({
      id: `start.${key}`,
      keys: [key],
      title,
      help,
      footer: 90,
      run: choose,
    }),
  );
  const take: Action = {
    ...{ id: "start.take", keys: ["enter"], title: "choose", footer: 100, help: "Do what is selected." },
    run: () => list.selected?.choose(),
  };
  return (
    <KeyScope title="First start" actions={[take, ...keys, ...list.actions]}>
      <Box flexDirection="column" flexShrink={0}>
        <Toned tone="title">Welcome to Sluice</Toned>
        <Prose>{`There is no workspace in ${session.workspace.root} yet. How do you want to begin?`}</Prose>
        <Toned> </Toned>
      </Box>
      <Table list={list} columns={COLUMNS} />
    </KeyScope>
  );
}

const COLUMNS: readonly Column<Choice>[] = [
  { title: "key", width: 3, cell: ({ key }) => ({ text: key, tone: "key" }) },
  { title: "begin with", width: 19, cell: ({ title }) => ({ text: title, tone: "strong" }) },
  { title: "", width: "grow", cell: ({ help }) => help },
];

function choicesOf(session: Session): Choice[] {
  return [
    {
      ...{ key: "m", title: "make one here", help: "Makes config.json; overwrites nothing." },
      choose: async () => {
        const { makeWorkspace } = await import("../../../workspace/make-workspace.ts");
        await makeWorkspace(session.workspace);
        await session.config.reload();
        session.notices.say("the workspace is made; a adds its first connection", "good");
      },
    },
    {
      ...{ key: "d", title: "see the demo", help: "Loads real data, in a folder beside." },
      choose: () => lookAtDemo(session),
    },
    {
      ...{ key: "o", title: "open another folder", help: "With a workspace, or to make one in." },
      choose: () => openFolder(session),
    },
  ];
}

/** The demo tells what it does itself; then its workspace is opened. */
async function lookAtDemo(session: Session): Promise<void> {
  const { host, workspace, terminal, notices } = session;
  const folder = join(workspace.root, "demo-workspace");
  const { command, args } = host.program;
  const code = await terminal.lend(async () => {
    const env = { ...workspace.env };
    const ended = await runInForeground(command, [...args, "demo", "--workspace", folder], {
      cwd: workspace.root,
      env,
    });
    await untilEnter(session);
    return ended;
  });
  if (existsSync(join(folder, "config.json"))) session.moveTo(folder);
  else notices.say(`the demo ended with code ${code}`, "warn");
}

/** What was printed goes away with the next drawing. */
async function untilEnter({ host: { stdin, stdout } }: Session): Promise<void> {
  stdout.write("\nPress Enter for the screens. ");
  await new Promise<void>((done) => {
    stdin.once("data", () => done());
    // While the terminal is lent, its input does not keep the process alive.
    stdin.ref?.();
    stdin.resume();
  });
  stdin.pause();
  stdin.unref?.();
}

async function openFolder(session: Session): Promise<void> {
  const pathOf = (text: string) => resolve(session.host.cwd, text.trim().replace(/^~(?=\/|$)/, homedir()));
  const folder = await askText(session, {
    title: "Open another folder",
    effects: ["Its workspace opens here; one without a workspace asks how to begin."],
    problemOf: (text) => (text.trim() !== "" && isFolder(pathOf(text)) ? undefined : "is no folder"),
    commandFor: (text) => `sluice ui --workspace ${text}`,
  });
  if (folder !== undefined) session.moveTo(pathOf(folder));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
