import type pg from "pg";
import type { Batch, RowBatch, SlicedBatch, SourceColumn } from "../../connector/define-connector.ts";
import { asRowBatch } from "../../connector/sliced-batch.ts";
import { isSluiceError } from "../../core/errors.ts";
import type { EventStream } from "../../core/event-stream.ts";
import { canonicalJson, type JsonValue } from "../../core/json.ts";
import type { Redactor } from "../../core/redaction.ts";
import type { Clock } from "../../core/time.ts";
import { asDestinationError, whereOf } from "../../databases/postgres/destination-error.ts";
import type { RowCounts } from "../../databases/postgres/row-counts.ts";
import type { SharedClient } from "../../databases/postgres/shared-client.ts";
import { analyseIfWorthIt } from "../../databases/postgres/statistics.ts";
import { batchesOf } from "./batch-source.ts";
import { CheckpointWriter, type StreamPosition } from "./checkpoint.ts";
import { isCheckpointDue } from "./checkpoint-due.ts";
import { carriedRunId, chooseLane, isRebuild, laneOf } from "./choose-lane.ts";
import { afterInference } from "./first-columns.ts";
import { forgetCursor } from "./forget-cursor.ts";
import { forgetHuge } from "./huge-batches.ts";
import { type EncodedTable, LaterColumns } from "./later-columns.ts";
import type { Layout } from "./layout.ts";
import { type LoadIdentity, LoadTarget } from "./load-target.ts";
import { refuseNestedLayout, refuseWhatIsLeft } from "./nested/leftovers.ts";
import { NestedLane } from "./nested/nested-lane.ts";
import { NestedTables } from "./nested/nested-tables.ts";
import { TableTree } from "./nested/table-tree.ts";
import type { StreamPlan, StreamResult } from "./plan.ts";
import { RejectLog } from "./reject-log.ts";
import { RowAgreement } from "./row-agreement.ts";
import { type EncodedBatch, RowEncoder } from "./row-encoder.ts";
import { StreamProgress } from "./stream-progress.ts";
import type { StreamShare, Writing } from "./stream-share.ts";
import { StreamShares } from "./stream-shares.ts";
import type { PendingChange } from "./table-schema.ts";
import { Waits } from "./waits.ts";

export interface StreamLoadDeps {
  identity: LoadIdentity;
  /** A connection to the destination for this stream alone. */
  connect(): Promise<pg.Client>;
  /** Takes it back when no transaction is open on it. */
  giveBack(client: pg.Client): void;
  /**
   * A connection whose statements commit by themselves: what it writes outlives a failed checkpoint. Streams look at
   * their tables on it, so that one with nothing new needs no connection of its own.
   */
  aside: SharedClient;
  position: StreamPosition;
  /** A name in the staging schema that nothing else of the run uses. */
  nextStagingName(): string;
  events: EventStream;
  clock: Clock;
  redactor: Redactor;
}

/** Loads one stream from its cursor to its end. Never throws for what goes wrong with the stream: the result says so. */
export async function loadStream(deps: StreamLoadDeps, plan: StreamPlan, signal: AbortSignal): Promise<StreamResult> {
  const target = new LoadTarget(plan, deps.identity);
  const waits = new Waits(deps.clock);
  const progress = new StreamProgress(plan, target.label, { ...deps, waits });
  try {
    const load = await StreamLoad.open(deps, target, { progress, waits });
    return await load.run(signal);
  } catch (error) {
    const where = { ...whereOf(deps.aside.client), schema: target.namespace };
    const failure = isSluiceError(error) ? error : asDestinationError(error, `loading ${target.label}`, where);
    return progress.finished(signal.aborted ? "cancelled" : "failed", failure);
  }
}

/** Where a load says what it does. */
interface Told {
  progress: StreamProgress;
  waits: Waits;
}

class StreamLoad {
  readonly #deps: StreamLoadDeps;
  readonly #target: LoadTarget;
  readonly #plan: StreamPlan;
  readonly #progress: StreamProgress;
  readonly #waits: Waits;
  readonly #shares: StreamShares;
  readonly #encoder: RowEncoder;
  readonly #later: LaterColumns;
  readonly #rejects: RejectLog;
  /** Where lists in the rows are tables of their own. */
  readonly #nested: NestedTables | undefined;
  readonly #tree: TableTree | undefined;
  readonly #agreement: RowAgreement;
  /** The version of the schema that the tables have; -1 until they are known to have one. */
  #adaptedVersion: number;

  static async open(deps: StreamLoadDeps, target: LoadTarget, told: Told) {
    const { plan } = target;
    const rebuild = isRebuild(plan);
    const fresh = plan.full_refresh && rebuild;
    const tree = await deps.aside.use(async (client) => {
      await target.open(client, fresh);
      if (plan.mode === "merge")
        target.schema.require(plan.primary_key, { version: plan.version_field, mark: plan.deleted_field });
      if (target.loadedBefore && target.existing === undefined) forgetCursor(deps, plan.stream, target.label);
      if (plan.nested !== "tables") await refuseWhatIsLeft(client, target);
      return plan.nested === "tables" ? await TableTree.open(client, target, fresh) : undefined;
    });
    if (target.existing === undefined) told.progress.makes(target.label);
    const load = new StreamLoad(deps, target, told, tree);
    // Lanes of several tables begin with the columns that the tables have now.
    if (tree !== undefined) await load.#shares.write(load.#shares.first);
    return load;
  }

  private constructor(deps: StreamLoadDeps, target: LoadTarget, told: Told, tree: TableTree | undefined) {
    this.#deps = deps;
    this.#target = target;
    this.#plan = target.plan;
    this.#progress = told.progress;
    this.#waits = told.waits;
    this.#tree = tree;
    this.#encoder = new RowEncoder(target.schema, {
      drift: this.#plan.drift,
      nul: this.#plan.nul,
      table: target.label,
    });
    this.#nested = tree === undefined ? undefined : new NestedTables(target, this.#encoder, tree);
    this.#later = new LaterColumns(deps.aside, () => this.#tables);
    this.#rejects = new RejectLog(deps, target, told.progress);
    this.#agreement = new RowAgreement(target);
    this.#shares = new StreamShares({
      begin: () => this.#beginWriting(),
      giveBack: (client) => deps.giveBack(client),
      becameSeveral: () => {
        target.isShared = true;
      },
      now: () => deps.clock.now(),
    });
    const isInPlace = target.recorded && target.existing !== undefined && tree?.isInPlace !== false;
    this.#adaptedVersion = isInPlace ? this.#schemaVersion : -1;
  }

  async run(signal: AbortSignal): Promise<StreamResult> {
    const { cursor } = this.#deps.position;
    this.#progress.started(laneOf(this.#plan), cursor, this.#plan);
    try {
      await this.#readAll(signal);
      if (signal.aborted) return await this.#stop();
      await this.#finish();
      await this.#shares.abandon();
      await this.#analyse();
      await this.#shares.giveBack();
      for (const { target, encoder } of this.#tables) this.#rejects.sayDropped(target.label, encoder.dropped);
      return this.#progress.finished("success");
    } catch (error) {
      await this.#rejects.flush().catch(() => {});
      await this.#shares.abandon();
      await this.#shares.closeConnections();
      throw error;
    }
  }

  async #beginWriting(): Promise<Writing> {
    const { connect, position, nextStagingName } = this.#deps;
    const checkpoint = new CheckpointWriter(await connect(), this.#target, position, connect);
    const lane =
      this.#tree === undefined
        ? chooseLane(checkpoint, nextStagingName)
        : new NestedLane(checkpoint, this.#tree, nextStagingName);
    return { checkpoint, lane };
  }

  async #analyse(): Promise<void> {
    const client = this.#shares.all.find(({ writing }) => writing !== undefined)?.writing?.checkpoint.client;
    if (client === undefined) return;
    const { result } = this.#progress;
    const changed = ({ inserted, updated, deleted }: RowCounts) => inserted + updated + deleted;
    if (!this.#target.analysed) await analyseIfWorthIt(client, this.#target.quoted, changed(result));
    for (const child of this.#nested?.targets ?? []) {
      const counts = result.child_tables?.[child.label];
      if (counts !== undefined && !child.analysed) await analyseIfWorthIt(client, child.quoted, changed(counts));
    }
  }

  get #tables(): readonly EncodedTable[] {
    return this.#nested?.tables ?? [{ target: this.#target, encoder: this.#encoder }];
  }

  /** Grows with every change of the columns of any table. */
  get #schemaVersion(): number {
    return this.#nested?.version ?? this.#target.schema.version;
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const fromStart = this.#plan.full_refresh || this.#plan.mode === "replace";
    const cursor = fromStart ? undefined : (this.#deps.position.cursor ?? undefined);
    const { mode, primary_key: primaryKey, cursor_field: cursorField } = this.#plan;
    const layout = (columns: readonly SourceColumn[]) => this.#layOut(columns).form;
    const lead = () => this.#agreement.lead;
    const sideBySide = () => this.#agreement.straightFormat !== undefined;
    const startsOver = () => this.#progress.startedOver();
    const expectReadings = (count: number) => this.#shares.expect(count);
    const bytes = { layout, lead, sideBySide, expectReadings };
    const start = { cursor, mode, primaryKey, cursorField, signal, ...bytes, startsOver };
    const source = this.#plan.read(start);
    const tables = { target: this.#target, others: this.#nested };
    for await (const batch of afterInference(batchesOf(source, signal), tables, signal)) {
      this.#waits.given();
      forgetHuge(batch.bytes ?? 0);
      await this.#load(batch);
      this.#waits.taken();
    }
  }

  #layOut(columns: readonly SourceColumn[]): Layout {
    if (this.#nested !== undefined) throw refuseNestedLayout(this.#target.label);
    const layout = this.#agreement.make(columns);
    this.#progress.laidOut(layout);
    this.#target.assertRoom();
    return layout;
  }

  async #load(batch: Batch): Promise<void> {
    const encoded = "copy" in batch ? this.#agreement.passOn(this.#waits.lend(batch)) : await this.#encode(batch);
    this.#rejects.add(encoded.rejects);
    await this.#rejects.enforce();
    const share = this.#shares.of(batch);
    const hasRows = encoded.copy.length > 0;
    if (this.#schemaVersion !== this.#adaptedVersion && hasRows) await this.#adapt(share);
    if (hasRows) await (await this.#shares.write(share)).lane.write(encoded);
    share.wrote(sizeOf(encoded), hasRows);
    this.#progress.read(encoded.rows, encoded.rejects.length, batch.bytes ?? 0);
    if (batch.cursor !== undefined) share.cameTo(batch.cursor);
    if ("advance" in batch && batch.advance !== undefined) share.advanced(batch.advance);
    if (this.#mayCut(share) && this.#isDue(share)) await this.#commit(share);
  }

  async #encode(batch: RowBatch | SlicedBatch): Promise<EncodedBatch> {
    const nested = this.#nested;
    if (nested !== undefined) {
      const rows = asRowBatch(batch);
      return this.#later.encode(() => nested.encode(rows));
    }
    const encoded = await this.#later.encode(() => this.#encoder.encode(batch, carriedRunId(this.#target)));
    if ("sliced" in batch) batch.sliced.release();
    return encoded;
  }

  /** Changes the columns. What was written before is committed first, where the cursor allows it. */
  async #adapt(share: StreamShare): Promise<void> {
    this.#target.assertRoom();
    if (this.#mayCut(share)) await this.#commit(share);
    for (const { existing, label } of this.#nested?.targets ?? [])
      if (existing === undefined) this.#progress.makes(label);
    for (const { table, change: made } of this.#takeChanges()) {
      const { column, change, from, to } = made;
      this.#progress.changed({ table, column: column.name, change, from, to, policy: this.#plan.drift }, "info");
    }
    await (await this.#shares.write(share)).lane.adapt();
    this.#adaptedVersion = this.#schemaVersion;
  }

  #takeChanges(): { table: string; change: PendingChange }[] {
    if (this.#nested !== undefined) return this.#nested.takeChanges();
    const { schema, label } = this.#target;
    return schema.takeChanges().map((change) => ({ table: label, change }));
  }

  #mayCut(share: StreamShare): boolean {
    const { ordered, full_refresh } = this.#plan;
    return ordered && !isRebuild(this.#plan) && !full_refresh && share.isWhole;
  }

  #isDue({ bytes, committedAt }: StreamShare): boolean {
    return isCheckpointDue(this.#plan, bytes, this.#deps.clock.now() - committedAt);
  }

  async #finish(): Promise<void> {
    const { position } = this.#deps;
    const { first: share, all } = this.#shares;
    await Promise.all(all.map(({ writing }) => writing?.lane.finish()));
    for (const other of all.slice(1)) if (other.hasCursor || other.bytes > 0) await this.#commit(other);
    const fromNothing = isRebuild(this.#plan) || this.#plan.full_refresh;
    const cursor = share.cursorAfter(fromNothing ? null : position.cursor);
    const moved = share.hasCursor && canonicalJson(cursor) !== canonicalJson(position.cursor);
    const isEmptyCopy = this.#agreement.isMade && this.#schemaVersion !== this.#adaptedVersion;
    if (isEmptyCopy && !isRebuild(this.#plan)) await this.#adapt(share);
    if (fromNothing || moved || share.bytes > 0 || isEmptyCopy) await this.#commit(share, cursor);
    else await this.#rejects.flush();
  }

  /** After a cancel: keeps what is safe at the newest cursor, drops the rest. */
  async #stop(): Promise<StreamResult> {
    await this.#rejects.flush();
    for (const share of this.#shares.all) if (this.#mayCut(share)) await this.#commit(share);
    await this.#shares.abandon();
    await this.#shares.giveBack();
    return this.#progress.finished("cancelled");
  }

  async #commit(share: StreamShare, cursor: JsonValue = share.cursorAfter(this.#deps.position.cursor)): Promise<void> {
    this.#plan.mayCommit();
    await this.#rejects.flush();
    const startedAt = this.#deps.clock.now();
    const before = this.#deps.position.cursor;
    const { lane, checkpoint } = await this.#shares.write(share);
    await lane.finish();
    if (!checkpoint.isOpen) await checkpoint.begin();
    const counts = await lane.store();
    await lane.clear();
    await checkpoint.commit(cursor);
    lane.committed();
    this.#later.committed();
    const now = this.#deps.clock.now();
    this.#progress.committed(counts, before, cursor, now - startedAt);
    share.committed(now);
  }
}

function sizeOf({ copy, children }: EncodedBatch): number {
  let bytes = copy.length;
  for (const rows of children?.values() ?? []) bytes += rows.copy.length;
  return bytes;
}
