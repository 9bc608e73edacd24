import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SluiceError } from "../../../core/errors.ts";

/** Who the server runs as when root starts it: Postgres refuses to run as root. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** In order of preference. Both are there for services that own nothing else. */
const CANDIDATES = ["postgres", "nobody"];

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The system's user for the server. Throws embedded_failed when the machine has none. */
export async function findServerUser(): Promise<ServerUser> {
  const users = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n").map((line) => line.split(":"));
  for (const candidate of CANDIDATES) {
    const [name, , uid, gid] = users.find((fields) => fields[0] === candidate) ?? [];
    if (name !== undefined && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new SluiceError(
    "embedded_failed",
    "starting the embedded Postgres: it cannot run as root, and this machine has neither a user `postgres` nor `nobody`. " +
      "Add one (`useradd --system postgres`), or run Sluice as a normal user.",
  );
}

/** The owner of a data folder that exists; undefined when it is ours. */
export async function ownerOf(path: string): Promise<ServerUser | undefined> {
  const { uid, gid } = await stat(path);
  return uid === 0 ? undefined : { name: `user ${uid}`, uid, gid };
}

/** Whether that user may pass through every folder above the path and the path itself, going by mode bits alone. */
export async function canReach(user: ServerUser, path: string): Promise<boolean> {
  const { uid, gid, mode } = await stat(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(path);
  return parent === path ? true : canReach(user, parent);
}
