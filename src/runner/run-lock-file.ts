import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isSluiceError, SluiceError } from "../core/errors.ts";
import { acquireFileLock, type FileLock, type LockOwner, lockOwner } from "../system/file-lock.ts";
import type { Workspace } from "../workspace/locate.ts";

/** What a run holds its connection's lock for; it tells the run that is going on from one that died. */
export function runPurpose(runId: string): string {
  return `run ${runId}`;
}

/**
 * Keeps runs of a connection, and whoever changes what they work with, apart in this workspace. Throws
 * `already_running` at once.
 */
export async function lockConnection(
  workspace: Workspace,
  connection: { id: string; name: string },
  purpose: string,
): Promise<FileLock> {
  try {
    return await acquireFileLock(lockPath(workspace, connection.id), { wait_ms: 0, purpose });
  } catch (error) {
    if (isSluiceError(error) && error.code === "file_locked") throw alreadyRunning(connection.name, purpose, error);
    throw error;
  }
}

/** Whether a run is going on in this workspace, whatever its connection is called by now. */
export async function isRunning(workspace: Workspace, runId: string): Promise<boolean> {
  return (await liveRuns(workspace)).has(runId);
}

/** The runs that are going on in this workspace, by id, each with the process that does it. */
export async function liveRuns(workspace: Workspace): Promise<Map<string, LockOwner>> {
  const names = await readdir(workspace.paths.locks).catch(() => []);
  const locks = names.flatMap((name) => /^(run-.*)\.lock$/.exec(name)?.[1] ?? []);
  const owners = await Promise.all(locks.map((name) => lockOwner(join(workspace.paths.locks, name))));
  const runs = owners.flatMap((owner) => {
    const run = /^run (.*)$/.exec(owner?.purpose ?? "")?.[1];
    return owner === undefined || run === undefined ? [] : [[run, owner] as const];
  });
  return new Map(runs);
}

/** Keyed by the connection's id, so that a rename does not let a second run in. */
function lockPath(workspace: Workspace, connectionId: string): string {
  return join(workspace.paths.locks, `run-${connectionId}`);
}

function alreadyRunning(name: string, purpose: string, cause: SluiceError): SluiceError {
  const { pid, purpose: theirs, since } = cause.details;
  const who = pid === undefined ? "another process" : `process ${pid} (${theirs}, since ${since})`;
  const message = `locking ${name} for ${purpose}: ${who} has it. Wait for that to finish, or stop it, and try again.`;
  return new SluiceError("already_running", message, { cause, details: cause.details });
}
