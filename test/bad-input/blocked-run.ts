import { expect } from "vitest";
import { connectPostgres } from "../../src/databases/postgres/client.ts";
import type { FreshDatabase } from "../harness/postgres.ts";
import type { BadInputWorkspace, Ended, Started, StartOptions } from "./bad-input-workspace.ts";

export interface BlockedRun extends AsyncDisposable {
  child: Started["child"];
  /** Lets the table be written to again. */
  release(): Promise<void>;
  /** The run's end; call `release` first unless the run is to end while it is blocked. */
  ended: Promise<Ended>;
}

/**
 * Starts a run and returns when it is in the middle of its load: it waits for the lock of its table, which must exist.
 */
export async function blockedRun(
  database: FreshDatabase,
  ws: BadInputWorkspace,
  options?: StartOptions,
): Promise<BlockedRun> {
  const blocker = await connectPostgres(database.address, { application_name: "blocker" });
  await blocker.query(`begin; lock table ${ws.namespace}.orders in share mode`);
  const { child, ended } = ws.start(["headless", "orders"], options);
  let open = true;
  const release = async () => {
    if (open) await blocker.end();
    open = false;
  };
  const waiting = "select from pg_locks where relation = to_regclass($1) and not granted";
  const isWaiting = async () => (await database.client.query(waiting, [`${ws.namespace}.orders`])).rowCount === 1;
  await expect.poll(isWaiting, { timeout: 20_000, interval: 20 }).toBe(true);
  const dispose = async () => {
    await release();
    await ended;
  };
  return { child, ended, release, [Symbol.asyncDispose]: dispose };
}

/** `id,item` and rows from one number to another. */
export function ordersCsv(from: number, to: number, item = "tea"): string {
  const rows = Array.from({ length: to - from + 1 }, (_, index) => `${from + index},${item}\n`);
  return `${from === 1 ? "id,item\n" : ""}${rows.join("")}`;
}
