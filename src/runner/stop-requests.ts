import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { SluiceError } from "../core/errors.ts";
import { type Clock, systemClock } from "../core/time.ts";
import { writeFileAtomic } from "../system/atomic-file.ts";
import type { LockOwner } from "../system/file-lock.ts";
import { makeFolder } from "../system/make-folder.ts";
import type { Workspace } from "../workspace/locate.ts";
import { liveRuns } from "./run-lock-file.ts";

/*
 * How a run that is going on is told to stop, or to stop some of its streams: by a file in `.sluice/stops/<run id>/`. A
 * signal could not say which stream, would stop every run of a process that has several, and does not reach another
 * machine that shares the workspace. The run answers with a file beside the request, and only then takes it away.
 */

const stopRequest = z.object({
  v: z.literal(1),
  /** `null`: the whole run. */
  streams: z.array(z.string()).nullable(),
  /** Who asks, for the log. */
  by: z.string(),
});
export type StopRequest = z.infer<typeof stopRequest>;

const stopAnswer = z.object({
  /** They end at their next checkpoint. */
  stopping: z.array(z.string()),
  /** They had ended by themselves. */
  over: z.array(z.string()),
  /** The run does not load them. */
  unknown: z.array(z.string()),
  /** All that the run loads; empty before it knows. */
  streams: z.array(z.string()),
});
export type StopAnswer = z.infer<typeof stopAnswer>;

/** `ended`: the run was over before it could take the request. */
export type StopOutcome = { ended: true } | ({ ended: false } & StopAnswer);

/** A person who stops something waits this long without wondering; looking costs next to nothing. */
const LOOK_EVERY_MS = 200;
/** A run on a machine with much else to do answers in seconds. */
const ANSWER_WAIT_MS = 20_000;
const POLL_MS = 50;

/**
 * Asks a run of this workspace to stop at its next checkpoint, or only some of its streams. Resolves when the run has
 * taken the request. Throws `run_unknown` when it is not going on, `stop_unanswered` when it says nothing.
 */
export async function requestStop(
  workspace: Workspace,
  run_id: string,
  streams: readonly string[] | null,
  clock: Clock = systemClock,
): Promise<StopOutcome> {
  const owner = (await liveRuns(workspace)).get(run_id);
  if (owner === undefined) {
    throw new SluiceError("run_unknown", `stopping run ${run_id}: it is not going on. See \`sluice runs list\`.`);
  }
  const folder = folderOf(workspace, run_id);
  const id = randomUUID();
  const request: StopRequest = { v: 1, streams: streams === null ? null : [...streams], by: whoAsks() };
  await makeFolder(folder);
  await writeFileAtomic(join(folder, `${id}.json`), JSON.stringify(request));
  const end = clock.now() + ANSWER_WAIT_MS;
  for (;;) {
    // In this order: what a run answers before its end stands there when it is over.
    const isLive = (await liveRuns(workspace)).has(run_id);
    const answer = await takeAnswer(folder, id, isLive);
    if (answer !== undefined) return { ended: false, ...answer };
    if (!isLive) return { ended: true };
    if (clock.now() > end) {
      await rm(join(folder, `${id}.json`), { force: true });
      throw unanswered(run_id, owner);
    }
    await clock.sleep(POLL_MS);
  }
}

async function takeAnswer(folder: string, id: string, isLive: boolean): Promise<StopAnswer | undefined> {
  const path = join(folder, `${id}.answer`);
  const answer = parse(stopAnswer, await readFile(path, "utf8").catch(() => ""));
  if (answer !== undefined) await rm(path, { force: true });
  if (!isLive) await removeLeft(folder);
  return answer;
}

/** Answers that somebody may still come for stay; the next run clears them away. */
async function removeLeft(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const requests = names.filter((name) => name.endsWith(".json"));
  await Promise.all(requests.map((name) => rm(join(folder, name), { force: true })));
  await rmdir(folder).catch(() => {});
}

function unanswered(run_id: string, { pid, host }: LockOwner): SluiceError {
  const message = `stopping run ${run_id}: its process ${pid} on ${host} has not answered for ${ANSWER_WAIT_MS / 1000} s. \`kill -INT ${pid}\` there stops it whole.`;
  return new SluiceError("stop_unanswered", message, { details: { run_id, pid, host } });
}

/** Where a run looks for requests while it goes on. */
export class StopInbox {
  readonly #folder: string;
  readonly #take: (request: StopRequest) => StopAnswer;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();
  #isBusy = false;

  /** `take` is called once for each request, and says what becomes of it. */
  static async open(
    workspace: Workspace,
    run_id: string,
    take: (request: StopRequest) => StopAnswer,
  ): Promise<StopInbox> {
    await removeOrphans(workspace).catch(() => {});
    return new StopInbox(folderOf(workspace, run_id), take);
  }

  private constructor(folder: string, take: (request: StopRequest) => StopAnswer) {
    this.#folder = folder;
    this.#take = take;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await removeLeft(this.#folder);
  }

  #look(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    // A disk that is in trouble stops nobody from asking again, and must not stop the run.
    this.#looking = this.#answerAll()
      .catch(() => {})
      .finally(() => (this.#isBusy = false));
  }

  async #answerAll(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names.filter((each) => each.endsWith(".json")).sort()) {
      const path = join(this.#folder, name);
      const request = parse(stopRequest, await readFile(path, "utf8"));
      const nothing: StopAnswer = { stopping: [], over: [], unknown: [], streams: [] };
      const answer = request === undefined ? nothing : this.#take(request);
      await rm(path, { force: true });
      await writeFileAtomic(path.replace(/json$/, "answer"), JSON.stringify(answer));
    }
  }
}

/** Of runs that died. Whoever has a folder has had its lock before, so the locks are looked at last. */
async function removeOrphans(workspace: Workspace): Promise<void> {
  const folder = join(workspace.paths.internal, "stops");
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return;
  const live = await liveRuns(workspace);
  const dead = names.filter((name) => !live.has(name));
  await Promise.all(dead.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

function folderOf(workspace: Workspace, run_id: string): string {
  return join(workspace.paths.internal, "stops", run_id);
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function whoAsks(): string {
  return `${userName()}, process ${process.pid} on ${hostname()}`;
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
