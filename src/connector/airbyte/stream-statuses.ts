import type { JsonObject, JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { SourceContext } from "./source.ts";

/** What a source has said of how its streams are doing. Old sources say nothing. */
export class StreamStatuses {
  readonly #ctx: SourceContext;
  readonly #program: string;
  readonly #last = new Map<string, string>();

  constructor(ctx: SourceContext, program: string) {
    this.#ctx = ctx;
    this.#program = program;
  }

  take(stream: string, { status, reasons }: JsonObject): void {
    const data = { program: this.#program, ...(reasons === undefined || reasons === null ? {} : { reasons }) };
    const isNew = this.#last.get(stream) !== status;
    this.#last.set(stream, String(status));
    const limit = Array.isArray(reasons) ? reasons.map(resetOf).find((said) => said !== undefined) : undefined;
    if (limit !== undefined) this.#ctx.log("warn", `${this.#program}: ${stream} has to wait: ${limit}`, data);
    else if (isNew) this.#ctx.log("debug", `${this.#program}: ${stream} is ${String(status).toLowerCase()}`, data);
  }

  get areNone(): boolean {
    return this.#last.size === 0;
  }

  speakOf(stream: string): boolean {
    return this.#last.has(stream);
  }

  /** Throws source_failed for streams that were begun and are not complete. */
  assertComplete(): void {
    const open = [...this.#last].filter(([, status]) => status !== "COMPLETE").map(([stream]) => stream);
    if (open.length === 0) return;
    const message = `reading from ${this.#program}: it ended, and ${open.join(", ")} ${open.length === 1 ? "is" : "are"} not complete. What was committed stays; run again, or look at its log.`;
    throw new ConnectorError("source_failed", message, { details: { program: this.#program, streams: open } });
  }
}

/** `{"type": "RATE_LIMITED", "rate_limited": {"quota_reset": 1764287000000}}` in words. */
function resetOf(reason: JsonValue): string | undefined {
  const { type, rate_limited } = (reason ?? {}) as JsonObject;
  if (type !== "RATE_LIMITED") return undefined;
  const { quota_reset: reset } = (rate_limited ?? {}) as JsonObject;
  return typeof reset === "number" ? `rate limited until ${new Date(reset).toISOString()}` : "rate limited";
}
