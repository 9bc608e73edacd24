/** Why no connection came about, by the `code` that Node gives. */
const FAILURES: ReadonlyMap<unknown, string> = new Map([
  ["ENOTFOUND", "its name is not known to DNS"],
  ["EAI_AGAIN", "its name could not be looked up: DNS does not answer"],
  ["ECONNREFUSED", "it refuses the connection: nothing listens there"],
  ["EHOSTUNREACH", "there is no way to it in the network"],
  ["ENETUNREACH", "there is no way to it in the network"],
  ["ETIMEDOUT", "it did not take the connection in time"],
]);

/** In words; undefined for codes that mean something else. */
export function connectFailure(code: unknown): string | undefined {
  return FAILURES.get(code);
}
