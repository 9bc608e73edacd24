import type pg from "pg";
import { quoteIdentifier } from "./identifiers.ts";

/**
 * Whoever waits for an exclusive lock makes all who come later wait as well, readers too. So each wait is short, and
 * between two of them the others get through.
 */
const ONE_WAIT_MS = 1000;
const PAUSE_MS = 500;

/** What a load waits for locks on its tables: longer than queries take that people wait for. */
export const DEFAULT_LOCK_PATIENCE_MS = 60_000;

const LOCK_NOT_AVAILABLE = "55P03";
const INSUFFICIENT_PRIVILEGE = "42501";
const SAVEPOINT = quoteIdentifier("sluice_lock");

/**
 * Locks a table against everybody, inside a transaction. Throws the server's error once `patience_ms` is used up; the
 * transaction can go on then. A role that may not lock is left to what it wants the lock for: the server's refusal of
 * that says what the role lacks in all.
 */
export async function lockTable(client: pg.Client, quoted: string, patience_ms: number): Promise<void> {
  const deadline = Date.now() + patience_ms;
  for (;;) {
    const wait = Math.max(1, Math.min(ONE_WAIT_MS, deadline - Date.now()));
    await client.query(`savepoint ${SAVEPOINT}; set local lock_timeout = ${Math.ceil(wait)}`);
    try {
      await client.query(`lock table ${quoted} in access exclusive mode`);
      // Releasing keeps the setting: it has to be put back by hand.
      await client.query(`set local lock_timeout = ${Math.ceil(patience_ms)}; release ${SAVEPOINT}`);
      return;
    } catch (error) {
      await client.query(`rollback to ${SAVEPOINT}; release ${SAVEPOINT}`);
      const { code } = error as { code?: string };
      if (code === INSUFFICIENT_PRIVILEGE) return;
      if (code !== LOCK_NOT_AVAILABLE || Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
