import type { Reject } from "../../connector/define-connector.ts";
import { SluiceError } from "../../core/errors.ts";
import type { EventStream } from "../../core/event-stream.ts";
import type { Redactor } from "../../core/redaction.ts";
import { REJECTS_TABLE, storeRejects } from "../../databases/postgres/rejects.ts";
import type { SharedClient } from "../../databases/postgres/shared-client.ts";
import type { LoadTarget } from "./load-target.ts";
import type { StreamProgress } from "./stream-progress.ts";

export interface RejectLogDeps {
  /** A connection whose statements commit by themselves: rejects outlive a failed checkpoint. */
  aside: SharedClient;
  events: EventStream;
  redactor: Redactor;
}

/** Kept in memory at most before they are stored. */
const MAX_HELD = 1000;

/** The rows of one stream that could not be stored: kept beside the table, counted, and too many of them end the stream. */
export class RejectLog {
  readonly #deps: RejectLogDeps;
  readonly #target: LoadTarget;
  readonly #progress: StreamProgress;
  #held: Reject[] = [];
  #total = 0;
  #first: Reject | undefined;

  constructor(deps: RejectLogDeps, target: LoadTarget, progress: StreamProgress) {
    this.#deps = deps;
    this.#target = target;
    this.#progress = progress;
  }

  add(rejects: readonly Reject[]): void {
    this.#total += rejects.length;
    this.#first ??= rejects[0];
    for (const reject of rejects) this.#held.push(reject);
  }

  /** Throws too_many_rejects when there are more than the connection allows. */
  async enforce(): Promise<void> {
    const { max_rejects } = this.#target.plan;
    if (this.#total > max_rejects) {
      await this.flush();
      throw this.#tooMany(max_rejects);
    }
    if (this.#held.length >= MAX_HELD) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#held.length === 0) return;
    const rejects = this.#held;
    this.#held = [];
    const { redactor, aside } = this.#deps;
    const rows = rejects.map(({ position, reason, text }) => ({
      position: redactor.text(position),
      reason: redactor.text(reason),
      row: text === undefined ? null : redactor.text(text),
    }));
    const { identity, namespace } = this.#target;
    await aside.use((client) => storeRejects(client, { namespace, ...identity }, rows));
    for (const [reason, group] of Map.groupBy(rejects, (reject) => reject.reason)) {
      this.#progress.rejected(group.length, reason, (group[0] as Reject).position);
    }
  }

  /** Says at the end what the drift policy kept out of the table. */
  sayDropped(table: string, dropped: ReadonlyMap<string, number>): void {
    const { drift } = this.#target.plan;
    for (const [column, count] of dropped) {
      const data = {
        table,
        column,
        change: "reject" as const,
        from: null,
        to: null,
        policy: drift,
      };
      if (drift === "warn") this.#progress.changed(data, "warn");
      else
        this.#deps.events.emit({
          kind: "runtime.event",
          level: "debug",
          stream: this.#target.plan.stream,
          data: { dropped: column, count },
        });
    }
  }

  #tooMany(allowed: number): SluiceError {
    const { stream, connection = "<connection>" } = this.#target.plan;
    const { position, reason } = this.#first as Reject;
    return new SluiceError(
      "too_many_rejects",
      `loading ${stream}: ${this.#total} row${this.#total === 1 ? "" : "s"} could not be stored and ${allowed} may be. ` +
        `The first is ${position}: ${reason}. They are kept in ${this.#target.namespace}.${REJECTS_TABLE}; ` +
        `mend the source, or allow as many as there may be: \`sluice connections edit ${connection} --set schema.max_rejects=${Math.max(5, this.#total)}\`.`,
      { details: { stream, rejected: this.#total, max_rejects: allowed } },
    );
  }
}
