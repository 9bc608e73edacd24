import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectPostgres, type PostgresAddress } from "../../../../src/databases/postgres/client.ts";
import { removeEmbedded } from "../../../../src/databases/postgres/embedded/embedded-postgres.ts";

export interface Holder {
  child: ChildProcess;
  /** Rejects if the server could not be had. */
  address: Promise<PostgresAddress>;
  /** Gives the lease back and waits for the process to end. */
  finish(): Promise<void>;
  kill(): Promise<void>;
}

export interface HolderUser {
  uid: number;
  gid: number;
}

/** Another process with a lease on the folder's server. */
export function startHolder(folder: string, user?: HolderUser): Holder {
  const child = spawn(process.execPath, [join(import.meta.dirname, "lease-holder.ts"), folder], {
    stdio: ["pipe", "pipe", "inherit"],
    cwd: "/",
    ...user,
  });
  const ended = once(child, "exit");
  const address = readAddress(child);
  address.catch(() => {});
  return {
    child,
    address,
    async finish() {
      child.stdin?.end();
      await ended;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function readAddress(child: ChildProcess): Promise<PostgresAddress> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const told = JSON.parse(line);
    if (told.error !== undefined) throw new Error(told.error);
    return told;
  }
  throw new Error("the process ended before it had the server");
}

export interface Place extends AsyncDisposable {
  root: string;
  /** Of the embedded Postgres; not there yet. */
  folder: string;
}

/** A workspace's folder in a temporary place. What is in it is stopped and removed afterwards. */
export async function temporaryPlace(mode = 0o755): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "sluice-embedded-"));
  await chmod(root, mode);
  const folder = join(root, ".sluice", "postgres");
  return {
    root,
    folder,
    async [Symbol.asyncDispose]() {
      await removeEmbedded(folder);
      await rm(root, { recursive: true, force: true });
    },
  };
}

export async function query<Row>(address: PostgresAddress, sql: string): Promise<Row[]> {
  const client = await connectPostgres(address, { application_name: "embedded test" });
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}
