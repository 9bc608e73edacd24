import type pg from "pg";
import type { JsonValue } from "../../core/json.ts";
import { reached } from "../../core/milestones.ts";
import { moveState } from "../../databases/postgres/state-store.ts";
import { beginSql } from "../../databases/postgres/table.ts";
import { commitOrFindOut, type StreamPosition, stateConflict, type TableTransaction } from "./checkpoint.ts";
import { GLOBAL_SCOPE } from "./connection-state.ts";
import type { LoadIdentity, LoadTarget } from "./load-target.ts";

/**
 * One transaction that several streams write in, on one connection: it moves the rows of all of them and all of their
 * cursors together, or nothing. Lanes take part through a member each.
 */
export class JointTransaction {
  readonly client: pg.Client;
  readonly #identity: LoadIdentity;
  readonly #connect: () => Promise<pg.Client>;
  readonly #positions = new Map<string, StreamPosition>();
  /** Who has written in the open transaction. */
  readonly #holders = new Set<JointMember>();
  #open = false;

  constructor(client: pg.Client, identity: LoadIdentity, connect: () => Promise<pg.Client>) {
    this.client = client;
    this.#identity = identity;
    this.#connect = connect;
  }

  know(scope: string, position: StreamPosition): void {
    this.#positions.set(scope, position);
  }

  /** Where a scope stands in the destination, as this run knows it. */
  position(scope: string): StreamPosition {
    return this.#positions.get(scope) ?? { cursor: null, revision: 0 };
  }

  isHeldBy(member: JointMember): boolean {
    return this.#open && this.#holders.has(member);
  }

  async join(member: JointMember): Promise<void> {
    if (!this.#open) await this.client.query(beginSql(this.#identity.run_id));
    this.#open = true;
    this.#holders.add(member);
  }

  /** Nothing is committed that another member has written. */
  async commitAlone(member: JointMember): Promise<void> {
    if (this.#holders.size !== 1 || !this.#holders.has(member)) return;
    this.#over();
    await this.client.query("commit");
    reached("joint_columns_committed");
  }

  /** Moves the cursors by compare-and-set and commits. Throws state_conflict when another run has moved one of them. */
  async commit(cursors: ReadonlyMap<string, JsonValue>): Promise<void> {
    if (!this.#open) await this.client.query(beginSql(this.#identity.run_id));
    this.#open = true;
    const scopes = [...cursors.keys()].map((scope) => ({ scope, revision: this.position(scope).revision }));
    for (const { scope, revision } of scopes) await this.#move(scope, cursors.get(scope) ?? null, revision);
    this.#over();
    reached("joint_before_commit");
    const what = "rows of several streams";
    await commitOrFindOut(this.client, { identity: this.#identity, scopes, what, connect: this.#connect });
    reached("joint_after_commit");
    for (const { scope, revision } of scopes)
      this.know(scope, { cursor: cursors.get(scope) ?? null, revision: revision + 1 });
  }

  async rollback(): Promise<void> {
    if (!this.#open) return;
    this.#over();
    await this.client.query("rollback").catch(() => {});
  }

  #over(): void {
    this.#open = false;
    this.#holders.clear();
  }

  async #move(scope: string, cursor: JsonValue, revision: number): Promise<void> {
    const { connection_id, run_id } = this.#identity;
    if (await moveState(this.client, { connection_id, scope, cursor, run_id, revision })) return;
    throw stateConflict(scope === GLOBAL_SCOPE ? "several streams" : scope);
  }
}

/** One stream's share in the transaction. */
export class JointMember implements TableTransaction {
  readonly client: pg.Client;
  readonly target: LoadTarget;
  readonly #transaction: JointTransaction;

  constructor(transaction: JointTransaction, target: LoadTarget) {
    this.#transaction = transaction;
    this.client = transaction.client;
    this.target = target;
  }

  get isOpen(): boolean {
    return this.#transaction.isHeldBy(this);
  }

  begin(): Promise<void> {
    return this.#transaction.join(this);
  }

  commitWithoutCursor(): Promise<void> {
    return this.#transaction.commitAlone(this);
  }

  rollback(): Promise<void> {
    return this.#transaction.rollback();
  }
}
