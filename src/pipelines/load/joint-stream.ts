import type pg from "pg";
import type { JointRows, SourceColumn } from "../../connector/define-connector.ts";
import type { JsonValue } from "../../core/json.ts";
import type { RowCounts } from "../../databases/postgres/row-counts.ts";
import { isRebuild } from "./choose-lane.ts";
import { forgetCursor } from "./forget-cursor.ts";
import { rowCount } from "./inference.ts";
import type { JointServices } from "./joint-load.ts";
import { JointMember, type JointTransaction } from "./joint-transaction.ts";
import { LoadTarget } from "./load-target.ts";
import { refuseNestedLayout, refuseWhatIsLeft } from "./nested/leftovers.ts";
import type { StreamPlan } from "./plan.ts";
import { StreamProgress } from "./stream-progress.ts";
import { isWhole, StreamWriter } from "./stream-writer.ts";

/** One of the streams that are loaded jointly: what has come of it, and whether a checkpoint may be cut with it. */
export class JointStreamLoad {
  readonly plan: StreamPlan;
  readonly progress: StreamProgress;
  /** Its cursor as the next commit moves it; undefined when that stays. */
  cursor: JsonValue | undefined;
  /** Something has come of it. */
  isTouched = false;
  /** All rows have come. */
  isComplete = false;
  writer: StreamWriter;
  /** Rows, or the emptiness of what replaces a table, that no commit has brought yet. */
  #isPending = false;
  /** Rows have come since the newest cursor that speaks of them. */
  #isMidway = false;
  /** The writer has taken rows. */
  #hasRows = false;
  /** The writer has put a whole table in place: it can do so only once. */
  #isReplaced = false;
  readonly #services: JointServices;
  readonly #transaction: JointTransaction;
  /** Of earlier tables of the stream in this run; they clear away what they needed at the end. */
  readonly #earlier: StreamWriter[] = [];

  /** Where a checkpoint may be cut is known here from what comes: it need not be true of every batch's end. */
  static async open(services: JointServices, transaction: JointTransaction, given: StreamPlan) {
    const plan = { ...given, ordered: true };
    const target = new LoadTarget(plan, services.identity);
    await openTarget(target, transaction.client);
    const position = transaction.position(plan.stream);
    if (target.loadedBefore && target.existing === undefined)
      forgetCursor({ ...services, position }, plan.stream, target.label);
    return new JointStreamLoad(services, transaction, target);
  }

  private constructor(services: JointServices, transaction: JointTransaction, target: LoadTarget) {
    this.plan = target.plan;
    this.#services = services;
    this.#transaction = transaction;
    this.progress = new StreamProgress(target.plan, target.label, services);
    this.writer = this.#writerFor(target);
  }

  /** Where its reading starts. */
  get start(): JsonValue | undefined {
    if (this.isWhole) return undefined;
    return this.#transaction.position(this.plan.stream).cursor ?? undefined;
  }

  /** Replaced as a whole: until it is complete there is nothing to show. */
  get isWhole(): boolean {
    return isWhole(this.writer.checkpoint.target.plan);
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** The source has given all of it, and all of it is committed. */
  get isDone(): boolean {
    return this.isComplete && !this.#isPending;
  }

  /** A commit now would not tear it apart. */
  get mayCut(): boolean {
    if (!this.#isPending) return true;
    if (this.writer.isHolding) return false;
    return this.isWhole ? this.isComplete : !this.#isMidway;
  }

  async rows({ batch }: JointRows, cut: () => Promise<void>): Promise<void> {
    this.isTouched = true;
    this.isComplete = false;
    await this.writer.take(batch, cut);
    if (rowCount(batch) === 0) return;
    this.#hasRows = true;
    this.#isMidway = true;
    this.#isPending = true;
  }

  columns(columns: readonly Pick<SourceColumn, "name" | "type" | "nullable">[]): void {
    this.isTouched = true;
    this.writer.agreeOn(columns);
    this.#isPending ||= this.isWhole;
  }

  /** The source has spoken of columns that the table does not have, and no rows have brought them. */
  get lacksColumns(): boolean {
    return this.isTouched && !this.isWhole && this.writer.isOutOfDate;
  }

  async settleColumns(cut: () => Promise<void>): Promise<void> {
    await this.writer.adapt(cut);
    this.#isPending = true;
  }

  /** More comes of a table that has been replaced already: it is added to it. */
  async goOn(): Promise<void> {
    if (!this.#isReplaced) return;
    const mode = this.plan.mode === "replace" ? "append" : this.plan.mode;
    await this.#use({ ...this.plan, mode, full_refresh: false });
  }

  /** Whatever the table holds, and whatever has come so far, goes when what comes now is complete. */
  async beginAnew(): Promise<void> {
    this.isTouched = true;
    this.isComplete = false;
    if (!this.isWhole || this.#hasRows) await this.#use({ ...this.plan, full_refresh: true });
    this.#isPending = true;
  }

  complete(): void {
    this.isComplete = true;
  }

  /** The cursor that has come speaks of all its rows so far. */
  reached(): void {
    this.#isMidway = false;
  }

  /** Its share of a commit: all that it has goes into its table. */
  async store(): Promise<RowCounts> {
    const { lane, checkpoint } = this.writer;
    await lane.finish();
    if (!checkpoint.isOpen) await checkpoint.begin();
    const counts = await lane.store();
    await lane.clear();
    await checkpoint.target.settle(checkpoint.client);
    return counts;
  }

  /** The commit has happened. */
  committed(): void {
    if (this.#isPending) this.writer.committed();
    this.cursor = undefined;
    this.#isReplaced ||= this.#isPending && this.isWhole;
    this.#isPending = false;
    this.#isMidway = false;
  }

  async giveUp(): Promise<void> {
    for (const writer of [this.writer, ...this.#earlier]) await writer.giveUp();
  }

  async tidyUp(): Promise<void> {
    for (const writer of this.#earlier) await writer.lane.abandon();
    await this.writer.tidyUp();
  }

  async #use(plan: StreamPlan): Promise<void> {
    await this.#services.pause();
    await this.writer.flushRejects();
    this.#earlier.push(this.writer);
    const target = new LoadTarget(plan, this.#services.identity);
    await openTarget(target, this.#transaction.client);
    this.writer = this.#writerFor(target);
    this.#hasRows = false;
    this.#isReplaced = false;
  }

  #writerFor(target: LoadTarget): StreamWriter {
    const { aside, events, redactor } = this.#services;
    const checkpoint = new JointMember(this.#transaction, target);
    const deps = { aside, events, redactor, progress: this.progress, checkpoint };
    return new StreamWriter({ ...deps, nextStagingName: this.#services.nextStagingName });
  }
}

/** Finds out what is there of a stream's table. */
async function openTarget(target: LoadTarget, client: pg.Client): Promise<void> {
  const { plan } = target;
  if (plan.nested === "tables") throw refuseNestedLayout(target.label);
  await target.open(client, plan.full_refresh && isRebuild(plan));
  if (plan.mode === "merge")
    target.schema.require(plan.primary_key, { version: plan.version_field, mark: plan.deleted_field });
  await refuseWhatIsLeft(client, target);
}
