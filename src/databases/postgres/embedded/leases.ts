import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../../system/atomic-file.ts";
import { isAlive, type ProcessIdentity, thisProcess } from "../../../system/process-identity.ts";

/** Says that a process needs the server. It counts for as long as that very process lives. */
export interface Lease extends ProcessIdentity {
  purpose: string;
  /** ISO time. */
  since: string;
}

/** Returns the lease's file. Call it with the lock held, as everything here. */
export async function writeLease(leases: string, purpose: string): Promise<string> {
  await mkdir(leases, { recursive: true });
  const lease: Lease = { ...thisProcess(), purpose, since: new Date().toISOString() };
  const path = join(leases, `${lease.pid}-${randomUUID()}.json`);
  await writeFileAtomic(path, JSON.stringify(lease));
  return path;
}

/** The leases of living processes. Those of the dead, and files that cannot be read, are removed on the way. */
export async function liveLeases(leases: string): Promise<Lease[]> {
  const live: Lease[] = [];
  for (const name of await readdir(leases).catch(() => [])) {
    const path = join(leases, name);
    const lease = await readLease(path);
    if (lease !== undefined && isAlive(lease)) live.push(lease);
    else await rm(path, { force: true });
  }
  return live;
}

async function readLease(path: string): Promise<Lease | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Lease;
  } catch {
    return undefined;
  }
}
