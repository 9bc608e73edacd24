import type { ConnectorContext } from "./define-connector.ts";
import type { HttpClient, HttpClientOptions, HttpSession, HttpSessionOptions, HttpUse } from "./http/http-client.ts";

/** What one use of a connector holds open: a run, a test, a look at what is offered. */
export class ConnectorScope {
  readonly #httpOptions: HttpSessionOptions;
  #http: Promise<HttpSession> | undefined;
  readonly #cleanups: Parameters<ConnectorContext<never, never>["defer"]>[0][] = [];

  constructor(httpOptions: HttpSessionOptions = {}) {
    this.#httpOptions = httpOptions;
  }

  readonly defer = (cleanup: () => Promise<void> | void): void => {
    this.#cleanups.push(cleanup);
  };

  /** All clients share connections and limits. */
  async http(options: HttpClientOptions, use: HttpUse): Promise<HttpClient> {
    this.#http ??= this.#openHttp();
    return (await this.#http).client(options, use);
  }

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

  /** Loaded only by those who need it: the client costs a start more than all the rest of a small run. */
  async #openHttp(): Promise<HttpSession> {
    const { createHttpSession } = await import("./http/http-session.ts");
    const session = createHttpSession(this.#httpOptions);
    this.defer(() => session.close());
    return session;
  }
}
