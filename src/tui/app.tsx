import { Box, useApp, useInput, usePaste } from "ink";
import { type ReactNode, useEffect } from "react";
import type { Action } from "./keys/action.ts";
import { KeyScope } from "./keys/key-scope.tsx";
import { pressOf } from "./keys/press.ts";
import { screenKeys } from "./screens/screen-keys.ts";
import { screenOf } from "./screens/screen-list.ts";
import type { Session } from "./session.ts";
import { SessionContext, useSession } from "./session-context.ts";
import { placeKey, type ScreenName } from "./state/place.ts";
import { useStore } from "./state/store.ts";
import { VisitContext } from "./state/visit-context.ts";
import type { Lend } from "./terminal/show-screens.tsx";
import { askChoice } from "./ui/ask-choice.tsx";
import { openHelp } from "./ui/help.tsx";
import { Layout } from "./ui/layout.tsx";
import { usePaletteAction } from "./ui/palette.tsx";

/** 128 + SIGINT, as when ctrl-c ends any other program. */
const INTERRUPTED = 130;

/** Where one writes, or chooses what is to be saved: there an arrow too many must lead nowhere. */
const WRITTEN: ReadonlySet<ScreenName> = new Set(["add", "edit", "streams", "query"]);

export interface AppProps {
  session: Session;
  /** Told how Ink hands the terminal to another program. */
  onLend(lend: Lend): void;
}

export function App({ session, onLend }: AppProps): ReactNode {
  const { suspendTerminal } = useApp();
  useEffect(() => {
    onLend(async (work) => {
      const suspension = await suspendTerminal();
      try {
        return await work();
      } finally {
        await suspension.resume();
      }
    });
  }, [onLend, suspendTerminal]);
  useInput((input, key) => {
    session.notices.clear();
    session.keys.dispatch(pressOf(input, key));
  });
  usePaste((text) => {
    session.keys.paste(text);
  });
  return (
    <SessionContext value={session}>
      <AlwaysKeys>
        <AppKeys>
          <Layout>
            <Screens />
          </Layout>
        </AppKeys>
      </AlwaysKeys>
    </SessionContext>
  );
}

/** The screen of the current place, under the modal that was opened last. What is covered keeps its state. */
function Screens(): ReactNode {
  const { router, modals } = useSession();
  const visit = useStore(router).at(-1);
  const open = useStore(modals);
  const modal = open.at(-1);
  if (visit === undefined) return null;
  return (
    <>
      <Box display={modal === undefined ? "flex" : "none"} flexDirection="column" flexShrink={0}>
        <VisitContext key={placeKey(visit.place)} value={visit}>
          {screenOf(visit.place)}
        </VisitContext>
      </Box>
      {open.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: modals lie on each other, and only the uppermost comes and goes.
        <Box key={index} display={each === modal ? "flex" : "none"} flexDirection="column" flexShrink={0}>
          {each(() => modals.close(each))}
        </Box>
      ))}
    </>
  );
}

/** How to leave, whatever lies on the screen. */
function AlwaysKeys({ children }: { children: ReactNode }): ReactNode {
  const session = useSession();
  const { terminal } = session;
  const actions: Action[] = [
    {
      id: "app.interrupt",
      keys: ["ctrl+c"],
      title: "leave at once",
      help: "Leave without asking. Runs go on.",
      run: () => terminal.exit(INTERRUPTED),
    },
    {
      id: "app.suspend",
      keys: ["ctrl+z"],
      title: "suspend",
      help: "Back to the shell; `fg` comes back here.",
      run: () => terminal.suspend(),
    },
    {
      id: "app.redraw",
      keys: ["ctrl+l"],
      title: "draw again",
      help: "Draw the screen again, when something else has written on it.",
      run: () => terminal.redraw(),
    },
  ];
  return (
    <KeyScope title="Always" actions={actions} isAlways>
      {children}
    </KeyScope>
  );
}

function AppKeys({ children }: { children: ReactNode }): ReactNode {
  const session = useSession();
  const stack = useStore(session.router);
  const isRoot = stack.length === 1;
  const isWritten = WRITTEN.has(stack.at(-1)?.place.screen ?? "connections");
  const back: Action = {
    ...{ id: "app.back", keys: isRoot || isWritten ? ["esc"] : ["esc", "h", "left"] },
    ...{ title: "back", help: "Go back to the screen before." },
    ...(isRoot ? { disabled: "this is the first screen; q leaves" } : { footer: 60 }),
    run: () => void session.router.back(),
  };
  const quit: Action = {
    ...{ id: "app.quit", keys: ["q"], title: isRoot ? "quit" : "back", ...(isRoot ? { footer: 10 } : {}) },
    help: isRoot ? "Leave. Asks when a run is going on." : "Go back to the screen before; at the first screen, leave.",
    run: () => (isRoot ? quitAsking(session) : void session.router.back()),
  };
  const help: Action = {
    id: "app.help",
    // The second ones of this and of the palette are for where one writes.
    keys: ["?", "ctrl+g"],
    title: "help",
    footer: 90,
    help: "Show every key that works here.",
    run: () => openHelp(session),
  };
  return (
    <KeyScope title="Everywhere" actions={[help, usePaletteAction(), back, quit, ...screenKeys(session)]}>
      {children}
    </KeyScope>
  );
}

/** Runs are processes of their own: leaving does not stop them unless that is wanted. */
async function quitAsking(session: Session): Promise<void> {
  const { runs, terminal, control } = session;
  await runs.lookForLive();
  const live = [...runs.get().live.keys()];
  if (live.length === 0) return terminal.exit(0);
  const many = live.length > 1;
  const answer = await askChoice(session, {
    title: many ? `${live.length} runs are going on` : "A run is going on",
    lines: [
      "Runs are processes of their own: they need nobody to watch them. Open Sluice again to see how they are doing.",
      "The same as: sluice runs list --status running, sluice runs stop <run>",
    ],
    choices: [
      {
        key: "k",
        title: "keep and leave",
        help: `Leave, and let ${many ? "them" : "it"} go on.`,
        value: "keep" as const,
      },
      {
        ...{ key: "s", title: "stop and leave", value: "stop" as const },
        help: `Stop ${many ? "them all" : "it"} at the next checkpoint, then leave. What was committed stays.`,
      },
    ],
  });
  if (answer === "stop") await Promise.all(live.map((run_id) => control.stop(run_id)));
  if (answer !== undefined) terminal.exit(0);
}
