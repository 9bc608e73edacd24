import { SluiceError } from "../../../core/errors.ts";
import type { ListedRun } from "../../../runs/run-index.ts";
import type { RunSummary } from "../../../runs/summary-file.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { connectionsOf } from "../../state/config-store.ts";
import { runIdOf, type ShelvedRun } from "../../state/run-shelf.ts";
import { askPick } from "../../ui/ask-pick.tsx";
import { columnsOf } from "../history/run-columns.ts";

export function runActions(session: Session, run: ListedRun, summary: RunSummary | undefined): Action[] {
  const { control, router, runs } = session;
  const failed = Object.entries(summary?.stats ?? {}).flatMap(([name, { outcome }]) =>
    outcome === "success" ? [] : [name],
  );
  const isLive = runs.get().live.has(run.run_id);
  const start = async (streams?: readonly string[]) => {
    const here = router.current();
    const run_id = await control.start({ connection: run.connection, ...(streams === undefined ? {} : { streams }) });
    router.replace({ screen: "live", run_id }, here);
  };
  return [
    {
      ...{
        id: "run.again",
        keys: ["r"],
        title: "run again",
        footer: 100,
        help: "Run the connection again, from where it got to.",
      },
      disabled: isLive ? "it is still going on" : undefined,
      command: `sluice run ${run.connection}`,
      run: () => start(),
    },
    {
      ...{
        id: "run.again-failed",
        keys: ["f"],
        title: "run failed",
        footer: 70,
        help: "Run only the streams that did not succeed.",
      },
      disabled: failed.length === 0 ? "no stream has failed" : isLive ? "it is still going on" : undefined,
      command: `sluice run ${run.connection} ${failed.map((name) => `--stream ${name}`).join(" ")}`,
      run: () => start(failed),
    },
    ...lookActions(session, run, summary),
  ];
}

function lookActions(session: Session, run: ListedRun, summary: RunSummary | undefined): Action[] {
  const { router, terminal, notices, runs, config } = session;
  const isLive = runs.get().live.has(run.run_id);
  return [
    {
      ...{ id: "run.log", keys: ["o", "enter"], title: "log", footer: 80 },
      help: "Open the log: everything that happened, event by event.",
      disabled: run.events_path === null ? "the log is gone; only the summary is left" : undefined,
      command: `sluice runs logs ${run.run_id}`,
      run: () => router.open({ screen: "log", run_id: run.run_id }),
    },
    {
      ...{ id: "run.watch", keys: ["w"], title: "watch", footer: 98, help: "Watch it go on." },
      disabled: isLive ? undefined : "it is over",
      run: () => router.replace({ screen: "live", run_id: run.run_id }),
    },
    {
      ...{ id: "run.compare", keys: ["c"], title: "compare", footer: 60 },
      help: "Hold the run against another one of its connection: rows, times, state, warnings.",
      disabled: whyNotComparable(session, run, summary),
      command: `sluice runs compare <other> ${run.run_id}`,
      run: () => askOther(session, run),
    },
    {
      ...{ id: "run.edit", keys: ["e"], title: "edit", footer: run.error === null ? 30 : 65 },
      help: "Change the settings and secrets of its connection.",
      disabled: connectionsOf(config.get()).some(({ name }) => name === run.connection)
        ? undefined
        : "its connection is not there any more",
      command: `sluice connections edit ${run.connection}`,
      run: () => router.open({ screen: "edit", name: run.connection }),
    },
    {
      ...{ id: "run.copy-id", keys: ["y"], title: "copy id", footer: 20, help: "Put the run's id on the clipboard." },
      run: () => {
        if (terminal.copy(run.run_id)) notices.say(`${run.run_id} is copied`, "good");
      },
    },
  ];
}

function whyNotComparable({ runs }: Session, run: ListedRun, summary: RunSummary | undefined): string | undefined {
  if (summary === undefined) return "it has no summary";
  return othersOf(runs.get().byConnection.get(run.connection) ?? [], run).length === 0
    ? "it is the only run with a summary"
    : undefined;
}

/** The run before it comes first, then older ones, then newer ones. */
function othersOf(runs: readonly ShelvedRun[], run: ListedRun): ShelvedRun[] {
  const startedAt = Date.parse(run.started_at);
  const others = runs.filter(
    ({ summary, log, at }) => summary !== undefined && log?.run_id !== run.run_id && at !== startedAt,
  );
  return [...others.filter(({ at }) => at < startedAt), ...others.filter(({ at }) => at > startedAt)];
}

async function askOther(session: Session, run: ListedRun): Promise<void> {
  const { runs, router, clock } = session;
  const others = othersOf(runs.get().byConnection.get(run.connection) ?? [], run);
  runs.want(others);
  const picked = await askPick(session, {
    title: `Compare with which run of ${run.connection}?`,
    rows: others,
    idOf: ({ key }) => key,
    columns: () => columnsOf(runs.get(), clock.now()),
    follows: runs,
  });
  if (picked === undefined) return;
  const other = runIdOf(picked, runs.get());
  if (other === undefined) throw new SluiceError("run_unknown", "comparing runs: the other one cannot be read.");
  const isOlder = picked.at < Date.parse(run.started_at);
  const [first, second] = isOlder ? [other, run.run_id] : [run.run_id, other];
  router.open({ screen: "compare", first, second });
}
