import type { ConnectorContext } from "./define-connector.ts";

/** What one use of a connector holds open: a run, a test, a look at what is offered. */
export class ConnectorScope {
  #cleanups: Parameters<ConnectorContext<never, never>["defer"]>[0][] = [];

  readonly defer = (cleanup: () => Promise<void> | void): void => {
    this.#cleanups.push(cleanup);
  };

  /** Newest first; one that fails does not keep the others from being called. */
  async close(): Promise<void> {
    for (let cleanup = this.#cleanups.pop(); cleanup !== undefined; cleanup = this.#cleanups.pop()) {
      try {
        await cleanup();
      } catch {
        // What cannot be closed any more has been closed by the other side.
      }
    }
  }
}
