import type pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import { reached } from "../../core/milestones.ts";
import { asDestinationError, whereOf } from "../../databases/postgres/destination-error.ts";
import { moveState, readStates } from "../../databases/postgres/state-store.ts";
import { beginSql } from "../../databases/postgres/table.ts";
import type { LoadIdentity, LoadTarget } from "./load-target.ts";

/** Where a stream's cursor stands in the destination, as this run knows it. */
export interface StreamPosition {
  cursor: JsonValue;
  /** 0 when the stream has never committed. */
  revision: number;
}

/** The open transaction of a stream, as a lane sees it that writes into one of its tables. */
export interface TableTransaction {
  readonly client: pg.Client;
  readonly target: LoadTarget;
  readonly isOpen: boolean;
  begin(): Promise<void>;
  /** Ends a transaction that changed tables of the run only, or columns, but no rows that anyone can see. */
  commitWithoutCursor(): Promise<void>;
  rollback(): Promise<void>;
}

/** The transactions of one stream: each moves rows and the cursor together, or neither. */
export class CheckpointWriter implements TableTransaction {
  readonly client: pg.Client;
  readonly target: LoadTarget;
  readonly position: StreamPosition;
  readonly #reconnect: () => Promise<pg.Client>;
  readonly #targets: LoadTarget[];
  #open = false;

  constructor(client: pg.Client, target: LoadTarget, position: StreamPosition, reconnect: () => Promise<pg.Client>) {
    this.client = client;
    this.target = target;
    this.position = position;
    this.#reconnect = reconnect;
    this.#targets = [target];
  }

  /** The same transactions for another table of the stream. */
  of(target: LoadTarget): TableTransaction {
    this.#targets.push(target);
    const isOpen = () => this.#open;
    return {
      client: this.client,
      target,
      get isOpen() {
        return isOpen();
      },
      begin: () => this.begin(),
      commitWithoutCursor: () => this.commitWithoutCursor(),
      rollback: () => this.rollback(),
    };
  }

  get isOpen(): boolean {
    return this.#open;
  }

  async begin(): Promise<void> {
    await this.client.query(beginSql(this.target.identity.run_id));
    this.#open = true;
  }

  /** Moves the cursor by compare-and-set and commits. Throws state_conflict when another run has moved it. */
  async commit(cursor: JsonValue): Promise<void> {
    const { connection_id, stream, run_id } = this.target.identity;
    const { revision } = this.position;
    for (const target of this.#targets) await target.settle(this.client);
    const moved = await moveState(this.client, { connection_id, scope: stream, cursor, run_id, revision });
    if (!moved) throw stateConflict(stream);
    this.#open = false;
    reached("before_commit");
    const commit = { scopes: [{ scope: stream, revision }], what: `rows of ${this.target.label}` };
    await commitOrFindOut(this.client, { ...commit, identity: this.target.identity, connect: this.#reconnect });
    reached("after_commit");
    this.position.cursor = cursor;
    this.position.revision = revision + 1;
  }

  async commitWithoutCursor(): Promise<void> {
    this.#open = false;
    // Nothing is built on it that could outlive it: a later commit reaches the disk with all that was before.
    await this.client.query("set local synchronous_commit = off; commit");
    reached("columns_committed");
  }

  async rollback(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.client.query("rollback").catch(() => {});
  }
}

export interface Commit {
  identity: LoadIdentity;
  /** The revisions that were moved from. */
  scopes: readonly { scope: string; revision: number }[];
  /** What is committed, for people: `rows of shop.orders`. */
  what: string;
  connect(): Promise<pg.Client>;
}

/**
 * Commits. When the connection breaks meanwhile, only the destination knows whether it happened. When it did, the rows
 * count; the error is thrown by the next statement, which meets the broken connection.
 */
export async function commitOrFindOut(client: pg.Client, commit: Commit): Promise<void> {
  await client.query("commit").catch((error) => settleUnknown(client, commit, error));
}

async function settleUnknown(client: pg.Client, commit: Commit, error: unknown): Promise<void> {
  const failure = asDestinationError(error, `committing ${commit.what}`, whereOf(client));
  if (failure.code !== "destination_lost") throw failure;
  const { connection_id, run_id } = commit.identity;
  const probe = await commit.connect().catch(() => undefined);
  if (probe === undefined) throw failure;
  try {
    const states = await readStates(probe, connection_id);
    // They were moved in one transaction: one of them tells of all.
    const [moved] = commit.scopes;
    const state = states.find((row) => row.scope === moved?.scope);
    if (moved === undefined || state?.run_id !== run_id || state.revision !== moved.revision + 1) throw failure;
  } finally {
    await probe.end().catch(() => {});
  }
}

export function stateConflict(stream: string): SluiceError {
  return new SluiceError(
    "state_conflict",
    `committing rows of ${stream}: another run has moved its cursor since this run read it. ` +
      "Nothing was written by this checkpoint; run again to continue from the new cursor.",
  );
}
