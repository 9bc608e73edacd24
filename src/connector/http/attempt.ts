import type { Dispatcher } from "undici";
import type { EventData } from "../../core/events.ts";
import { setParams, shownAddress } from "./address.ts";
import type { Credentials } from "./authentication.ts";
import type { Call, ClientCore } from "./client-core.ts";
import { unpackBody } from "./content-encoding.ts";
import { type Failure, type Subject, waitTooLong } from "./failure.ts";
import type { HostLimiter } from "./host-limiter.ts";
import { ReceivedAnswer } from "./http-answer.ts";
import { judgeAnswer } from "./judge-answer.ts";
import { networkFailure } from "./network-failure.ts";
import { readAllowance } from "./rate-headers.ts";
import { isRedirect } from "./redirect.ts";
import { ResponseBody } from "./response-body.ts";

/** Waits that a configured rate makes are said from this length on: shorter ones are its normal working. */
const SAID_WAIT_MS = 1000;

export type Outcome =
  | { kind: "answer"; answer: ReceivedAnswer }
  | { kind: "redirect"; status: number; location: string }
  | { kind: "failure"; failure: Failure; elapsed_ms: number };

/** One request to one address, from waiting for its turn to the end of the answer. */
export class Attempt {
  readonly #core: ClientCore;
  readonly #call: Call;
  readonly #number: number;
  readonly #shown: string;
  #started = 0;
  #leave: () => void = () => undefined;
  /** Set once the answer is taken: what is left to say is how it ended. */
  #accepted: { status: number; items: number | undefined } | undefined;

  constructor(core: ClientCore, call: Call, number: number) {
    this.#core = core;
    this.#call = call;
    this.#number = number;
    this.#shown = shownAddress(call.url, core.secretParams);
  }

  get subject(): Subject {
    return subjectOf(this.#core, this.#call, this.#shown);
  }

  /** What each event of it says. */
  get said(): EventData<"http.request.start"> {
    return { method: this.#call.method, url: this.#shown, attempt: this.#number };
  }

  /** Rejects only when it was aborted, when the wait is too long, or with what a connector's own function threw. */
  async run(credentials: Credentials): Promise<Outcome> {
    const { use } = this.#core;
    const dispatcher = await this.#core.dispatcher();
    const limiter = this.#core.limiterOf(this.#call.url);
    const onWait = (wait_ms: number, why: "asked" | "configured") => this.#wait(wait_ms, why);
    this.#leave = await limiter.enter({ clock: use.clock, signal: this.#call.signal, onWait });
    this.#started = use.clock.now();
    use.emit({ kind: "http.request.start", data: this.said });
    try {
      return await this.#exchange(dispatcher, limiter, credentials);
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async #exchange(dispatcher: Dispatcher, limiter: HostLimiter, credentials: Credentials): Promise<Outcome> {
    let response: Dispatcher.ResponseData;
    try {
      response = await dispatcher.request(this.#options(credentials));
    } catch (cause) {
      return this.#broken(cause);
    }
    const { clock } = this.#core.use;
    const allowance = readAllowance(response.headers, clock.now());
    if (allowance !== undefined) limiter.learn(allowance, clock.now());
    return await this.#receive(response);
  }

  #options(credentials: Credentials): Dispatcher.RequestOptions {
    const { method, headers, body, signal, request } = this.#call;
    const { limits } = this.#core;
    const url = withParam(this.#call.url, credentials.param);
    return {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { ...headers, ...credentials.headers },
      body: body ?? null,
      signal,
      headersTimeout: request.timeout_ms ?? limits.timeout_ms,
      bodyTimeout: limits.stall_timeout_ms,
    };
  }

  async #receive({ statusCode: status, headers: fields, body: raw }: Dispatcher.ResponseData): Promise<Outcome> {
    const location = first(fields["location"]);
    if (isRedirect(status, location)) {
      await raw.dump();
      this.#leave();
      this.#say(status);
      return { kind: "redirect", status, location };
    }
    let body: ResponseBody;
    try {
      const chunks = this.#isPacked ? raw : unpackBody(raw, first(fields["content-encoding"]));
      body = await ResponseBody.open(chunks, (error) => this.#ended(error));
    } catch (cause) {
      return this.#broken(cause, status);
    }
    const { signal } = this.#call;
    const { max_body_bytes } = this.#core.limits;
    const answer = new ReceivedAnswer({ status, fields, body, signal, max_body_bytes, subject: () => this.subject });
    return await this.#decide(answer, body);
  }

  /** Nothing is to be unpacked. */
  get #isPacked(): boolean {
    return this.#call.request.packed === true || this.#call.method === "HEAD";
  }

  async #decide(answer: ReceivedAnswer, body: ResponseBody): Promise<Outcome> {
    let taken = false;
    try {
      const judged = judgeAnswer(answer, this.#call, { subject: () => this.subject, now: this.#core.use.clock.now() });
      if ("failure" in judged) return this.#failed(judged.failure);
      taken = true;
      const { status } = answer;
      if (body.whole === undefined) this.#accepted = { status, items: judged.items };
      else this.#say(status, judged.items);
      return { kind: "answer", answer };
    } finally {
      if (!taken) await body.discard();
    }
  }

  /** Nothing of the body remains. */
  #ended(error: unknown): void {
    this.#leave();
    const accepted = this.#accepted;
    if (accepted === undefined) return;
    if (error === undefined) this.#say(accepted.status, accepted.items);
    else this.#sayBroken(error, accepted.status);
  }

  #sayBroken(error: unknown, status: number): void {
    const { message } = networkFailure(error, this.subject, status).error;
    const data = { ...this.said, status, elapsed_ms: this.#elapsed(), error: message };
    this.#core.use.emit({ kind: "http.request.error", data });
  }

  #broken(cause: unknown, received?: number): Outcome {
    this.#leave();
    this.#call.signal.throwIfAborted();
    return this.#failed(networkFailure(cause, this.subject, received));
  }

  #failed(failure: Failure): Outcome {
    return { kind: "failure", failure, elapsed_ms: this.#elapsed() };
  }

  #say(status: number, items?: number): void {
    const data = { ...this.said, status, elapsed_ms: this.#elapsed(), ...(items === undefined ? {} : { items }) };
    this.#core.use.emit({ kind: "http.request.ok", data });
  }

  #wait(wait_ms: number, why: "asked" | "configured"): void {
    const { use, limits } = this.#core;
    if (why === "asked" && wait_ms > limits.max_wait_ms) throw waitTooLong(this.subject, wait_ms, use.clock.now());
    if (why === "configured" && wait_ms < SAID_WAIT_MS) return;
    use.emit({ kind: "http.rate_limited", data: { ...this.said, wait_ms: Math.round(wait_ms) } });
  }

  #elapsed(): number {
    return Math.max(0, this.#core.use.clock.now() - this.#started);
  }
}

function withParam(url: URL, param: Credentials["param"]): URL {
  if (param === undefined) return url;
  const full = new URL(url);
  setParams(full, { [param.name]: param.value });
  return full;
}

function first(field: string | string[] | undefined): string | undefined {
  return Array.isArray(field) ? field[0] : field;
}

function subjectOf({ secrets, renewal }: ClientCore, call: Call, shown: string): Subject {
  const astray = `the credentials were not sent there: correct the connection's address, or name ${call.url.origin} in \`trusted_origins\``;
  return {
    doing: call.request.doing ?? `${call.method} ${shown}`,
    host: call.url.host,
    url: shown,
    renewal: call.strayed ? astray : renewal,
    secrets,
  };
}
