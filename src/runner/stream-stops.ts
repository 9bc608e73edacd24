import { SluiceError } from "../core/errors.ts";

/** Streams of one run that somebody asked to be stopped; it goes on with the others. */
export class StreamStops {
  readonly #controllers = new Map<string, AbortController>();
  /** All streams that the run loads, once it knows. */
  planned: readonly string[] = [];

  /** Aborts, with `stream_stopped`, when the stream is to stop. */
  signalOf(stream: string): AbortSignal {
    return this.#of(stream).signal;
  }

  stop(stream: string, by: string): void {
    const message = `loading ${stream}: it was stopped by ${by}. What was committed stays; run again to load the rest.`;
    this.#of(stream).abort(new SluiceError("stream_stopped", message, { details: { stream } }));
  }

  #of(stream: string): AbortController {
    const known = this.#controllers.get(stream) ?? new AbortController();
    this.#controllers.set(stream, known);
    return known;
  }
}
