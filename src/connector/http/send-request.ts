import { ConnectorError, type ConnectorErrorCode } from "../connector-error.ts";
import { Attempt } from "./attempt.ts";
import type { Credentials } from "./authentication.ts";
import type { Call, ClientCore } from "./client-core.ts";
import { type Failure, waitTooLong } from "./failure.ts";
import type { ReceivedAnswer } from "./http-answer.ts";
import { followRedirect } from "./redirect.ts";
import { backoffPause } from "./retry-policy.ts";

const NO_CREDENTIALS: Credentials = { headers: {} };

/**
 * Sends a request until it is answered: follows redirects, renews a token that has expired (once), and repeats what
 * failed for a reason that may pass, if repeating it does no harm. @throws ConnectorError, or the reason of the abort
 */
export async function sendRequest(core: ClientCore, first: Call): Promise<ReceivedAnswer> {
  let call = first;
  let stale: string | undefined;
  for (let number = 1; ; ) {
    const credentials = call.trusted ? await core.authenticate(call, stale) : NO_CREDENTIALS;
    const attempt = new Attempt(core, call, number);
    const outcome = await attempt.run(credentials);
    if (outcome.kind === "answer") return outcome.answer;
    if (outcome.kind === "redirect") {
      call = followRedirect(call, outcome.status, outcome.location, attempt.subject);
      continue;
    }
    const { failure } = outcome;
    const renew = failure.stale === true && stale === undefined && credentials.token !== undefined;
    const pause = renew ? 0 : pauseAfter(core, call, failure, number);
    report(core, attempt, outcome, pause !== undefined);
    if (pause === undefined) throw final(core, attempt, failure, number);
    if (renew) stale = credentials.token;
    else await rest(core, call, { attempt, failure, pause });
    number++;
  }
}

/** Milliseconds until the next attempt; undefined when there is none. */
function pauseAfter(core: ClientCore, call: Call, failure: Failure, number: number): number | undefined {
  const { limits, random } = core;
  if (!failure.passing || !(call.repeatable || failure.harmless)) return undefined;
  if (number > (call.request.retries ?? limits.retries)) return undefined;
  const asked = failure.wait_ms ?? 0;
  if (asked > limits.max_wait_ms) return undefined;
  return asked > 0 ? Math.ceil(asked) : backoffPause(number, limits, random);
}

async function rest(
  core: ClientCore,
  call: Call,
  { attempt, failure, pause }: { attempt: Attempt; failure: Failure; pause: number },
): Promise<void> {
  const { clock, emit } = core.use;
  if (failure.limited) {
    core.limiterOf(call.url).block(clock.now() + pause);
    const status = failure.status === undefined ? {} : { status: failure.status };
    emit({ kind: "http.rate_limited", data: { ...attempt.said, ...status, wait_ms: pause } });
  }
  await clock.sleep(pause, call.signal);
}

function report(
  core: ClientCore,
  attempt: Attempt,
  { failure, elapsed_ms }: { failure: Failure; elapsed_ms: number },
  again: boolean,
): void {
  const status = failure.status === undefined ? {} : { status: failure.status };
  const data = { ...attempt.said, ...status, elapsed_ms, error: failure.error.message };
  core.use.emit({ kind: "http.request.error", level: again ? "warn" : "error", data });
}

/** The error that a caller gets; it says how often was tried. */
function final(
  core: ClientCore,
  attempt: Attempt,
  { error, wait_ms = 0, passing, status }: Failure,
  tries: number,
): ConnectorError {
  const { limits, use } = core;
  if (passing && wait_ms > limits.max_wait_ms) return waitTooLong(attempt.subject, wait_ms, use.clock.now(), status);
  if (tries === 1) return error;
  const { message, cause, details } = error;
  const told = { cause, details: { ...details, attempts: tries } };
  return new ConnectorError(error.code as ConnectorErrorCode, `${message} (${tries} attempts)`, told);
}
