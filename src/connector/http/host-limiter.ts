import type { Clock } from "../../core/time.ts";
import type { RateLimit } from "./http-client.ts";
import type { Allowance } from "./rate-headers.ts";

/** Who waits: how, and what to do when the wait is a long one. */
export interface Waiting {
  clock: Clock;
  signal: AbortSignal;
  /** Told before a pause that a limit demands; may throw to give up instead. */
  onWait(wait_ms: number, why: "asked" | "configured"): void;
}

/**
 * The limits of one host, for all clients of a run: how many requests at once, how many in a time, and not before the
 * moment that the host has named. Whoever waits is served in order, and stops waiting as soon as its signal aborts.
 */
export class HostLimiter {
  #concurrency: number;
  #rate: RateLimit | undefined;
  #active = 0;
  readonly #queue: (() => void)[] = [];
  /** When the last requests began or may begin, oldest first: at most `rate.requests` of them. */
  #starts: number[] = [];
  #blockedUntil = 0;
  /** Requests that the host still allows before `#allowedUntil`. */
  #allowed = 0;
  #allowedUntil = 0;

  constructor(concurrency: number, rate: RateLimit | undefined) {
    this.#concurrency = concurrency;
    this.#rate = rate;
  }

  /** Where clients differ, the tightest limit holds. */
  tighten(concurrency: number, rate: RateLimit | undefined): void {
    this.#concurrency = Math.min(this.#concurrency, concurrency);
    if (rate === undefined) return;
    const pace = (limit: RateLimit) => limit.requests / limit.per_s;
    if (this.#rate === undefined || pace(rate) < pace(this.#rate)) this.#rate = rate;
  }

  /** Waits for its turn. Returns the function that ends it, which may be called more than once. */
  async enter(waiting: Waiting): Promise<() => void> {
    await this.#join(waiting.signal);
    let left = false;
    const leave = () => {
      if (!left) this.#leave();
      left = true;
    };
    try {
      await this.#pause(waiting);
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** No request begins before that moment. */
  block(until: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
  }

  /** Takes over what the host says it still allows. Those that are under way may not be counted in it yet. */
  learn({ remaining, reset_ms }: Allowance, now: number): void {
    this.#allowed = remaining - Math.max(0, this.#active - 1);
    this.#allowedUntil = now + reset_ms;
  }

  #join(signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted();
    if (this.#active < this.#concurrency) {
      this.#active++;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = () => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#queue.push(enter);
    });
  }

  #leave(): void {
    const next = this.#active > this.#concurrency ? undefined : this.#queue.shift();
    if (next === undefined) this.#active--;
    else next();
  }

  async #pause({ clock, signal, onWait }: Waiting): Promise<void> {
    const start = this.#reserve(clock.now());
    for (;;) {
      const now = clock.now();
      const asked = this.#askedUntil(now) - now;
      const wait = Math.max(asked, start - now);
      if (wait <= 0) break;
      onWait(wait, asked >= start - now ? "asked" : "configured");
      await clock.sleep(wait, signal);
    }
    this.#allowed--;
  }

  #askedUntil(now: number): number {
    const spent = now < this.#allowedUntil && this.#allowed <= 0;
    return Math.max(this.#blockedUntil, spent ? this.#allowedUntil : 0);
  }

  /** When this request may begin, so that any stretch of `per_s` seconds sees `requests` of them at most. */
  #reserve(now: number): number {
    if (this.#rate === undefined) return now;
    const { requests, per_s } = this.#rate;
    const full = this.#starts.length >= requests;
    const start = full ? Math.max(now, (this.#starts[this.#starts.length - requests] as number) + per_s * 1000) : now;
    this.#starts.push(start);
    if (this.#starts.length > requests) this.#starts = this.#starts.slice(-requests);
    return start;
  }
}
