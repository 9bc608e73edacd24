import type { StopOutcome } from "../../../runner/stop-requests.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import type { LiveRun, LiveStream } from "../../state/live-run.ts";
import { askChoice, type Choice } from "../../ui/ask-choice.tsx";

export interface AboutLive {
  run: LiveRun;
  isOver: boolean;
  /** The marked streams, else the selected one. */
  chosen: readonly LiveStream[];
  clearMarks(): void;
}

export function liveActions(session: Session, about: AboutLive): Action[] {
  const { router } = session;
  const { run, isOver, chosen } = about;
  const names = chosen.map(({ name }) => ` --stream ${name}`).join("");
  return [
    {
      ...{ id: "live.stop", keys: ["s"], title: "stop", footer: 100, run: () => askStop(session, about) },
      help: "Stop the selected stream, all marked ones, or the whole run, at the next checkpoint. What was committed stays.",
      disabled: isOver ? "it is over" : undefined,
      command: `sluice runs stop ${run.run_id}${names}`,
    },
    {
      ...{ id: "live.log", keys: ["o"], title: "log", footer: 80, help: "Open the log, and follow it." },
      command: `sluice runs logs ${run.run_id} -f`,
      run: () => router.open({ screen: "log", run_id: run.run_id }),
    },
    {
      ...{ id: "live.summary", keys: ["enter"], title: "summary", footer: 90, help: "Open what the run did." },
      disabled: isOver ? undefined : "it is still going on",
      command: `sluice runs show ${run.run_id}`,
      run: () => router.replace({ screen: "run", run_id: run.run_id }),
    },
    {
      ...{ id: "live.again", keys: ["r"], title: "run again", footer: isOver ? 85 : 30 },
      help: "Run the connection again, from where it got to, and watch that.",
      disabled: isOver ? undefined : "it is still going on",
      command: `sluice run ${run.connection}`,
      run: async () => {
        const here = router.current();
        router.replace({ screen: "live", run_id: await session.control.start({ connection: run.connection }) }, here);
      },
    },
    {
      ...{ id: "live.detach", keys: ["esc", "h", "left"], title: isOver ? "back" : "detach", footer: 95 },
      help: "Leave this screen. The run goes on; Enter on its connection, or on it in the runs, comes back to it.",
      run: () => void router.back(),
    },
  ];
}

const AT_CHECKPOINT =
  "at the next checkpoint. What was committed stays; the next run goes on from it, and reads anew what has no cursor.";

async function askStop(session: Session, { run, chosen, clearMarks }: AboutLive): Promise<void> {
  const streams = chosen.filter(({ state }) => state === "running").map(({ name }) => name);
  const what = streams.length === 1 ? (streams[0] ?? "") : `${streams.length} streams`;
  const some: Choice<readonly string[] | "run"> = {
    ...{ key: "s", title: "stop stream", value: streams },
    help: `Only ${what}. The others go on, and the run ends as partial.`,
  };
  const all: Choice<readonly string[] | "run"> = {
    ...{ key: "a", title: "stop run", value: "run" as const, help: "The whole run, with every stream." },
  };
  const command = `sluice runs stop ${run.run_id}`;
  const lines = [
    `What is stopped ends ${AT_CHECKPOINT}`,
    `The same as: ${command}`,
    ...(streams.length === 0
      ? []
      : [`or, for streams: ${command}${streams.map((name) => ` --stream ${name}`).join("")}`]),
  ];
  const question = { title: `Stop ${run.connection}?`, lines, choices: streams.length === 0 ? [all] : [some, all] };
  const answer = await askChoice(session, question);
  if (answer === undefined) return;
  const outcome = await session.control.stop(run.run_id, answer === "run" ? undefined : answer);
  clearMarks();
  session.notices.say(outcomeText(outcome, answer === "run" ? "the run" : what));
}

function outcomeText(outcome: StopOutcome, what: string): string {
  if (outcome.ended) return "the run ended before it could be stopped";
  if (outcome.stopping.length === 0 && outcome.over.length > 0) return `${what} had ended already`;
  return `${what} stops at the next checkpoint`;
}
