import type { RowBatch, SlicedBatch, SourceColumn } from "../../connector/define-connector.ts";
import { asRowBatch } from "../../connector/sliced-batch.ts";
import { analyseIfWorthIt } from "../../databases/postgres/statistics.ts";
import type { TableTransaction } from "./checkpoint.ts";
import { carriedRunId, chooseLane, isRebuild } from "./choose-lane.ts";
import { inferFirst, keepsNoColumn } from "./first-columns.ts";
import { InferenceWindow } from "./inference-window.ts";
import type { Lane } from "./lane.ts";
import { LaterColumns } from "./later-columns.ts";
import { agreeOnColumns } from "./layout.ts";
import type { StreamPlan } from "./plan.ts";
import { RejectLog, type RejectLogDeps } from "./reject-log.ts";
import { RowEncoder } from "./row-encoder.ts";
import type { StreamProgress } from "./stream-progress.ts";

export interface StreamWriterDeps extends RejectLogDeps {
  checkpoint: TableTransaction;
  progress: StreamProgress;
  /** A name in the staging schema that nothing else in the run uses. */
  nextStagingName(): string;
}

/**
 * Takes the rows of one stream among several to its table: columns are found out and changed, rows encoded, rejects set
 * aside. When to commit is for its owner to say.
 */
export class StreamWriter {
  readonly progress: StreamProgress;
  readonly checkpoint: TableTransaction;
  readonly lane: Lane;
  /** Of COPY, since the last commit. */
  pendingBytes = 0;
  readonly #plan: StreamPlan;
  readonly #encoder: RowEncoder;
  readonly #later: LaterColumns;
  readonly #rejects: RejectLog;
  /** The first batches, until their rows have given the columns; undefined once they are known. */
  #held: InferenceWindow | undefined;
  #isReleasing = false;
  /** The version of the schema that the tables have; -1 until they are known to have one. */
  #adaptedVersion: number;

  constructor(deps: StreamWriterDeps) {
    const { checkpoint, progress, nextStagingName } = deps;
    const { target } = checkpoint;
    this.#plan = target.plan;
    this.#held = new InferenceWindow(this.#plan.inference_rows);
    this.progress = progress;
    this.checkpoint = checkpoint;
    this.lane = chooseLane(checkpoint, nextStagingName);
    this.#encoder = new RowEncoder(target.schema, {
      drift: this.#plan.drift,
      nul: this.#plan.nul,
      table: target.label,
    });
    this.#later = new LaterColumns(deps.aside, () => [{ target, encoder: this.#encoder }]);
    this.#rejects = new RejectLog(deps, target, progress);
    if (target.existing === undefined) progress.makes(target.label);
    this.#adaptedVersion = target.recorded && target.existing !== undefined ? target.schema.version : -1;
  }

  get #target() {
    return this.checkpoint.target;
  }

  /** Columns that the source speaks of, while its rows come as values. */
  agreeOn(columns: readonly Pick<SourceColumn, "name" | "type">[]): void {
    agreeOnColumns(this.#target, columns, keepsNoColumn(this.#target));
  }

  /** Rows wait until more of them have said what the columns are: no checkpoint may be cut. */
  get isHolding(): boolean {
    return this.#isReleasing || (this.#held !== undefined && this.#held.batches.length > 0);
  }

  /** The columns are not those that the table has. */
  get isOutOfDate(): boolean {
    return this.#target.schema.version !== this.#adaptedVersion;
  }

  /** `cut` is called before columns change: what was written before is to be committed where the cursor allows it. */
  async take(batch: RowBatch | SlicedBatch, cut: () => Promise<void>): Promise<void> {
    if (this.#target.schema.columns.length > 0 && this.#held?.batches.length === 0) this.#held = undefined;
    if (this.#held === undefined) return this.#write(batch, cut);
    this.#held.add(asRowBatch(batch));
    if (this.#held.isFull) await this.release(cut);
  }

  /** Writes the rows that are held back: there are no more to wait for. */
  async release(cut: () => Promise<void>): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || held.batches.length === 0) return;
    this.#isReleasing = true;
    inferFirst(this.#target, held);
    for (const batch of held.batches) await this.#write(batch, cut);
    this.#isReleasing = false;
  }

  async #write(batch: RowBatch | SlicedBatch, cut: () => Promise<void>): Promise<void> {
    // Other lanes store the run's id themselves.
    const runId = carriedRunId(this.#target);
    const encoded = await this.#later.encode(() => this.#encoder.encode(batch, runId));
    if ("sliced" in batch) batch.sliced.release();
    this.#rejects.add(encoded.rejects);
    await this.#rejects.enforce();
    const hasRows = encoded.copy.length > 0;
    if (this.isOutOfDate && hasRows) await this.adapt(cut);
    await this.lane.write(encoded);
    this.pendingBytes += encoded.copy.length;
    this.progress.read(encoded.rows, encoded.rejects.length, batch.bytes ?? 0);
  }

  /** Changes the columns. */
  async adapt(cut: () => Promise<void>): Promise<void> {
    this.#target.assertRoom();
    await cut();
    for (const { column, change, from, to } of this.#target.schema.takeChanges()) {
      const data = { table: this.#target.label, column: column.name, change, from, to, policy: this.#plan.drift };
      this.progress.changed(data, "info");
    }
    await this.lane.adapt();
    this.#adaptedVersion = this.#target.schema.version;
  }

  flushRejects(): Promise<void> {
    return this.#rejects.flush();
  }

  /** The commit of all that was written has happened. */
  committed(): void {
    this.lane.committed();
    this.#later.committed();
    this.pendingBytes = 0;
  }

  /** After the last commit. */
  async tidyUp(): Promise<void> {
    await this.lane.abandon();
    const { inserted, updated, deleted } = this.progress.result;
    if (!this.#target.analysed)
      await analyseIfWorthIt(this.checkpoint.client, this.#target.quoted, inserted + updated + deleted);
    this.#rejects.sayDropped(this.#target.label, this.#encoder.dropped);
  }

  /** After a failure: rejects outlive what was not committed. */
  async giveUp(): Promise<void> {
    await this.#rejects.flush().catch(() => {});
    await this.lane.abandon();
  }
}

/** What a commit at the end has to bring about even without rows: a table that is replaced as a whole. */
export function isWhole(plan: StreamPlan): boolean {
  return isRebuild(plan) || plan.full_refresh;
}
