import type { JointContext, JointCursor, JointPart } from "../../connector/define-connector.ts";
import { isSluiceError, SluiceError } from "../../core/errors.ts";
import type { EventStream } from "../../core/event-stream.ts";
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Redactor } from "../../core/redaction.ts";
import type { Clock } from "../../core/time.ts";
import { asDestinationError, whereOf } from "../../databases/postgres/destination-error.ts";
import { NO_ROWS } from "../../databases/postgres/row-counts.ts";
import type { SharedClient } from "../../databases/postgres/shared-client.ts";
import { batchesOf } from "./batch-source.ts";
import { isCheckpointDue } from "./checkpoint-due.ts";
import { laneOf } from "./choose-lane.ts";
import { GLOBAL_SCOPE } from "./connection-state.ts";
import { JointStreamLoad } from "./joint-stream.ts";
import type { JointTransaction } from "./joint-transaction.ts";
import { type LoadIdentity, LoadTarget } from "./load-target.ts";
import type { StreamPlan, StreamResult } from "./plan.ts";
import { StreamProgress } from "./stream-progress.ts";
import { Waits } from "./waits.ts";

/** What the pipeline tells the source of a joint read that begins. */
export type JointStart = Pick<JointContext<unknown, unknown>, "streams" | "global" | "signal">;

export interface JointPlan {
  plans: readonly StreamPlan[];
  read(start: JointStart): AsyncIterable<JointPart>;
}

/** What the streams of a joint load share. */
export interface JointServices {
  identity: LoadIdentity;
  /** A connection whose statements commit by themselves. */
  aside: SharedClient;
  events: EventStream;
  clock: Clock;
  redactor: Redactor;
  /** A name in the staging schema that nothing else in the run uses. */
  nextStagingName(): string;
  waits: Waits;
  /** Ends the COPY that is under way, so that the connection is free for other statements. */
  pause(): Promise<void>;
}

/**
 * Loads streams that come mixed, in one transaction a checkpoint. It is cut only where a cursor has spoken of the newest
 * rows of every stream, and where no table is half replaced.
 */
export class JointLoad {
  readonly #plan: JointPlan;
  readonly #services: JointServices;
  readonly #transaction: JointTransaction;
  readonly #streams = new Map<string, JointStreamLoad>();
  /** Whose rows the connection's open COPY takes. */
  #writing: JointStreamLoad | undefined;
  /** What the next commit keeps that belongs to no single stream. */
  #global: JsonObject | undefined;
  #committedAt: number;

  constructor(services: Omit<JointServices, "pause" | "waits">, transaction: JointTransaction, plan: JointPlan) {
    this.#plan = plan;
    this.#transaction = transaction;
    this.#services = { ...services, waits: new Waits(services.clock), pause: () => this.#pause() };
    this.#committedAt = services.clock.now();
  }

  /** Never throws for what goes wrong: the results say so. */
  async run(signal: AbortSignal): Promise<StreamResult[]> {
    try {
      await this.#open();
      await this.#readAll(signal);
      if (signal.aborted) return await this.#stop();
      await this.#finish();
      return this.#all.map((stream) => stream.progress.finished("success"));
    } catch (error) {
      return await this.#failed(error, signal);
    }
  }

  get #all(): JointStreamLoad[] {
    return [...this.#streams.values()];
  }

  async #open(): Promise<void> {
    for (const plan of this.#plan.plans) {
      const stream = await JointStreamLoad.open(this.#services, this.#transaction, plan);
      this.#streams.set(plan.stream, stream);
      stream.progress.started(laneOf(plan), this.#transaction.position(plan.stream).cursor, plan);
    }
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const streams = this.#all.map(({ plan, start }) => ({
      ...{ name: plan.stream, mode: plan.mode, cursor: start },
      ...{ primaryKey: plan.primary_key, cursorField: plan.cursor_field },
    }));
    const known = this.#transaction.position(GLOBAL_SCOPE).cursor;
    const global = isJsonObject(known) && Object.keys(known).length > 0 ? known : undefined;
    for await (const part of batchesOf(this.#plan.read({ streams, global, signal }), signal)) {
      this.#services.waits.given();
      await this.#take(part);
      if (this.#mayCut() && this.#isDue()) await this.#commit();
      this.#services.waits.taken();
    }
  }

  async #take(part: JointPart): Promise<void> {
    if (part.kind === "cursor") return this.#moveTo(part);
    const stream = this.#streamOf(part.stream);
    switch (part.kind) {
      case "rows":
        await stream.goOn();
        await this.#takeTurn(stream);
        return stream.rows(part, this.#cut);
      case "columns":
        await stream.goOn();
        return stream.columns(part.columns);
      case "begins_anew":
        return stream.beginAnew();
      case "complete":
        return stream.complete();
    }
  }

  #streamOf(name: string): JointStreamLoad {
    const stream = this.#streams.get(name);
    if (stream !== undefined) return stream;
    const message = `reading several streams at once: the source gave something of "${name}", which it was not asked for.`;
    throw new SluiceError("source_failed", message);
  }

  #moveTo({ of, global, streams = {} }: JointCursor): void {
    if (global !== undefined) this.#global = global;
    for (const [name, cursor] of Object.entries(streams)) this.#streamOf(name).cursor = cursor;
    for (const stream of of === undefined ? this.#all : [this.#streamOf(of)]) stream.reached();
  }

  /** COPY has the connection to itself. */
  async #takeTurn(stream: JointStreamLoad): Promise<void> {
    if (this.#writing !== stream) await this.#pause();
    this.#writing = stream;
  }

  async #pause(): Promise<void> {
    await this.#writing?.writer.lane.finish();
    this.#writing = undefined;
  }

  readonly #cut = async (): Promise<void> => {
    const writing = this.#writing;
    if (this.#hasNews && this.#mayCut()) await this.#commit();
    this.#writing = writing;
  };

  get #hasNews(): boolean {
    return this.#global !== undefined || this.#all.some(({ isPending, cursor }) => isPending || cursor !== undefined);
  }

  #mayCut(): boolean {
    return this.#hasNews && this.#all.every(({ mayCut }) => mayCut);
  }

  #isDue(): boolean {
    const [{ plan } = { plan: {} }] = this.#all;
    const bytes = this.#all.reduce((sum, { writer }) => sum + writer.pendingBytes, 0);
    return isCheckpointDue(plan, bytes, this.#services.clock.now() - this.#committedAt);
  }

  /** Read to its end without an error, every stream is complete. */
  async #finish(): Promise<void> {
    for (const stream of this.#all) {
      if (stream.writer.isHolding) await this.#takeTurn(stream);
      await stream.writer.release(this.#cut);
      if (stream.isTouched) stream.complete();
      else this.#sayNothingCame(stream);
    }
    await this.#settleColumns();
    if (this.#hasNews) await this.#commit();
    for (const stream of this.#all) {
      await stream.writer.flushRejects();
      await stream.tidyUp();
    }
  }

  /** Columns of streams without rows. */
  async #settleColumns(): Promise<void> {
    for (const stream of this.#all) {
      if (!stream.lacksColumns) continue;
      await this.#pause();
      await stream.settleColumns(this.#cut);
    }
  }

  #sayNothingCame({ plan: { stream } }: JointStreamLoad): void {
    const message = "the source said nothing of this stream: its table stays as it is";
    this.#services.events.emit({ kind: "runtime.event", level: "warn", stream, message, data: {} });
  }

  async #commit(): Promise<void> {
    for (const { plan } of this.#all) plan.mayCommit();
    const { clock } = this.#services;
    const startedAt = clock.now();
    await this.#pause();
    const moving = this.#all.filter((stream) => stream.isPending || this.#isMoved(stream));
    const before = new Map(moving.map((stream) => [stream, this.#transaction.position(stream.plan.stream).cursor]));
    const counts = [];
    for (const stream of moving) {
      await stream.writer.flushRejects();
      counts.push(stream.isPending ? await stream.store() : NO_ROWS);
    }
    const cursors = new Map(moving.map((stream) => [stream.plan.stream, this.#cursorOf(stream)]));
    if (this.#global !== undefined) cursors.set(GLOBAL_SCOPE, this.#global);
    if (cursors.size > 0) await this.#transaction.commit(cursors);
    const now = clock.now();
    for (const [index, stream] of moving.entries()) {
      const after = this.#cursorOf(stream);
      stream.progress.committed(counts[index] ?? NO_ROWS, before.get(stream) ?? null, after, now - startedAt);
    }
    for (const stream of this.#all) stream.committed();
    this.#global = undefined;
    this.#committedAt = now;
  }

  /** A source may take a cursor back: null. */
  #cursorOf({ cursor, isWhole, plan }: JointStreamLoad): JsonValue {
    if (cursor !== undefined) return cursor;
    return isWhole ? null : this.#transaction.position(plan.stream).cursor;
  }

  #isMoved(stream: JointStreamLoad): boolean {
    const { cursor } = this.#transaction.position(stream.plan.stream);
    return stream.cursor !== undefined && canonicalJson(stream.cursor) !== canonicalJson(cursor);
  }

  /** After a cancel: keeps what is safe, drops the rest. */
  async #stop(): Promise<StreamResult[]> {
    if (this.#mayCut()) await this.#commit();
    await this.#giveUp();
    return this.#all.map((stream) => stream.progress.finished(stream.isDone ? "success" : "cancelled"));
  }

  /** What the source had completed before it failed is kept. Where one stream's rows are the reason, the others only end. */
  async #failed(error: unknown, signal: AbortSignal): Promise<StreamResult[]> {
    const culprit = this.#writing;
    const doing = "loading several streams";
    const failure = isSluiceError(error)
      ? error
      : asDestinationError(error, doing, { ...whereOf(this.#transaction.client) });
    if (failure.stage === "read" && this.#mayCut()) await this.#commit().catch(() => {});
    await this.#giveUp();
    const isOfOne = failure.stage === "transform" && culprit !== undefined;
    const opened = this.#all.map((stream) => {
      if (stream.isDone) return stream.progress.finished("success");
      if (isOfOne && stream !== culprit) return stream.progress.finished("cancelled");
      return stream.progress.finished(signal.aborted ? "cancelled" : "failed", failure);
    });
    return [...opened, ...this.#unopened.map((progress) => progress.finished("failed", failure))];
  }

  /** Those that the failure has kept from being begun. */
  get #unopened(): StreamProgress[] {
    const { identity, events, clock } = this.#services;
    const plans = this.#plan.plans.filter(({ stream }) => !this.#streams.has(stream));
    return plans.map((plan) => new StreamProgress(plan, new LoadTarget(plan, identity).label, { events, clock }));
  }

  /** The one that is writing first: the connection is free for the others' statements then. */
  async #giveUp(): Promise<void> {
    const writing = this.#writing;
    await writing?.giveUp();
    for (const stream of this.#all) if (stream !== writing) await stream.giveUp();
    this.#writing = undefined;
  }
}
