import { dropOutdated, inheritLists, type Parents } from "../../../databases/postgres/child-rows.ts";
import type { RowCounts } from "../../../databases/postgres/row-counts.ts";
import type { CheckpointWriter } from "../checkpoint.ts";
import { chooseLane, isRebuild } from "../choose-lane.ts";
import type { Lane, StoredCounts } from "../lane.ts";
import type { LoadTarget } from "../load-target.ts";
import { RebuildLane } from "../rebuild-lane.ts";
import type { EncodedBatch } from "../row-encoder.ts";
import { StagingLane } from "../staging-lane.ts";
import { ChildMergeLane, keepLiving } from "./child-merge-lane.ts";
import type { ChildTable } from "./child-table.ts";
import type { TableTree } from "./table-tree.ts";

/** One connection copies into one table at a time: rows are held back, so that it need not change with every batch. */
const HELD_BYTES = 8 * 1024 * 1024;

interface Member {
  target: LoadTarget;
  lane: Lane;
  /** The version of the schema that the lane's tables have. */
  version: number;
  held: EncodedBatch[];
}

/** The lanes of a stream's table and of its lists' tables, as one: they store in the same transaction. */
export class NestedLane implements Lane {
  readonly #checkpoint: CheckpointWriter;
  readonly #tree: TableTree;
  readonly #nextStagingName: () => string;
  readonly #root: Member;
  readonly #members = new Map<LoadTarget, Member>();
  #heldBytes = 0;
  /** The one whose COPY may be open: nothing else can be sent before it has ended. */
  #writing: Lane | undefined;

  constructor(checkpoint: CheckpointWriter, tree: TableTree, nextStagingName: () => string) {
    this.#checkpoint = checkpoint;
    this.#tree = tree;
    this.#nextStagingName = nextStagingName;
    this.#root = this.#join(checkpoint.target, chooseLane(checkpoint, nextStagingName));
    // Now, because it is now that the tables have the columns that their schemas say.
    this.#all();
  }

  async adapt(): Promise<void> {
    await this.#flush();
    const outdated = this.#all().filter(({ target, version }) => target.schema.version !== version);
    // A table that is there is changed in a transaction of its own, as long as no other one is open.
    for (const isThere of [true, false]) {
      for (const member of outdated.filter(({ target }) => (target.existing !== undefined) === isThere)) {
        await member.lane.adapt();
        member.version = member.target.schema.version;
      }
    }
  }

  async write(batch: EncodedBatch): Promise<void> {
    this.#hold(this.#root, batch);
    for (const [target, rows] of batch.children ?? []) this.#hold(this.#memberOf(target), rows);
    if (this.#heldBytes >= HELD_BYTES) await this.#flush();
  }

  finish(): Promise<void> {
    return this.#flush();
  }

  /** The stream's own table first: which rows of lists count depends on what became of theirs. */
  async store(): Promise<StoredCounts> {
    const members = this.#all();
    const counts = await this.#root.lane.store();
    await this.#settleParents();
    await this.#inheritLists();
    const children: Record<string, RowCounts> = {};
    for (const { target, lane } of members) {
      if (target !== this.#root.target) children[target.label] = await lane.store();
    }
    return { ...counts, children };
  }

  async clear(): Promise<void> {
    for (const { lane } of this.#members.values()) await lane.clear();
  }

  committed(): void {
    for (const { lane } of this.#members.values()) lane.committed();
  }

  async abandon(): Promise<void> {
    await this.#writing?.abandon();
    for (const { lane } of this.#members.values()) await lane.abandon();
  }

  #hold(member: Member, batch: EncodedBatch): void {
    if (batch.copy.length === 0) return;
    member.held.push(batch);
    this.#heldBytes += batch.copy.length;
  }

  async #flush(): Promise<void> {
    for (const { lane, held } of this.#members.values()) {
      if (held.length === 0) continue;
      this.#writing = lane;
      for (const batch of held.splice(0)) await lane.write(batch);
      await lane.finish();
      this.#writing = undefined;
    }
    this.#heldBytes = 0;
  }

  /** With those that have come since. */
  #all(): Member[] {
    for (const { target } of this.#tree.tables) this.#memberOf(target);
    return [...this.#members.values()];
  }

  #memberOf(target: LoadTarget): Member {
    const present = this.#members.get(target);
    if (present !== undefined) return present;
    const table = this.#tree.tables.find((it) => it.target === target);
    if (table === undefined) throw new Error(`${target.label} is not a table of this stream`);
    return this.#join(target, this.#childLane(table));
  }

  #join(target: LoadTarget, lane: Lane): Member {
    const isInPlace = target.recorded && target.existing !== undefined;
    const member = { target, lane, version: isInPlace ? target.schema.version : -1, held: [] };
    this.#members.set(target, member);
    return member;
  }

  #childLane(table: ChildTable): Lane {
    const { plan } = table.target;
    const transaction = this.#checkpoint.of(table.target);
    const { lane } = this.#root;
    if (plan.mode === "merge" && lane instanceof StagingLane) {
      const options = {
        link: table.link.parent,
        parents: () => this.#parents(table),
        outermost: () => this.#outermost(table),
      };
      return new ChildMergeLane(transaction, this.#nextStagingName(), options);
    }
    const winnow = (staged: string) => keepLiving(transaction, staged, this.#parents(table));
    return chooseLane(
      transaction,
      this.#nextStagingName,
      isRebuild(plan) && plan.mode === "merge" ? winnow : undefined,
    );
  }

  /** After the stream's own rows were merged: those that came too late are not whose lists count. */
  async #settleParents(): Promise<void> {
    const { client, target } = this.#checkpoint;
    const { lane } = this.#root;
    if (target.plan.mode !== "merge" || !(lane instanceof StagingLane) || !lane.staged.holdsRows) return;
    const { columns, quoted: from } = lane.staged;
    await dropOutdated(client, { ...target.merging(columns), from, to: target.quoted });
    await client.query(`analyze ${from}`);
  }

  /** Those below first: what they inherit goes by the rows that the outermost lists have come with. */
  async #inheritLists(): Promise<void> {
    for (const table of this.#tree.tables.toReversed()) {
      const [parents, outermost, own] = [this.#parents(table), this.#outermost(table), this.#stagedOf(table)];
      if (parents?.tombstone?.deletes !== "soft" || outermost === undefined || own === undefined) continue;
      await inheritLists(this.#checkpoint.client, own, parents, outermost);
    }
  }

  #parents({ link }: ChildTable): Parents | undefined {
    const { target } = this.#checkpoint;
    const { lane } = this.#root;
    const staged = lane instanceof StagingLane || lane instanceof RebuildLane ? lane.staged : undefined;
    if (staged === undefined || !staged.holdsRows) return undefined;
    const { tombstone } = target.merging(staged.columns);
    const parents = { staged: staged.quoted, key: target.keyColumns, link: link.parent };
    return tombstone === undefined ? parents : { ...parents, tombstone };
  }

  /** The staged rows of the outermost list on the way to a table. */
  #outermost({ path }: ChildTable): string | undefined {
    const table = this.#tree.tables.find((it) => it.path.length === 1 && it.path[0] === path[0]);
    return table === undefined ? undefined : this.#stagedOf(table);
  }

  #stagedOf({ target }: ChildTable): string | undefined {
    const lane = this.#members.get(target)?.lane;
    if (!(lane instanceof ChildMergeLane || lane instanceof RebuildLane)) return undefined;
    return lane.staged.holdsRows ? lane.staged.quoted : undefined;
  }
}
