import type { Workspace } from "../workspace/locate.ts";
import { lockConnection } from "./run-lock-file.ts";

/** Keeps runs of a connection away while `work` changes what they work with, for `purpose`. Throws `already_running`. */
export async function withConnectionLock<T>(
  workspace: Workspace,
  connection: { id: string; name: string },
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await lockConnection(workspace, connection, purpose);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
