import { expect, test } from "vitest";
import { joinedSignals } from "../../../src/connector/http/joined-signals.ts";

test("a caller's signal is joined with ours once, and either aborts it", () => {
  const [own, caller, other] = [new AbortController(), new AbortController(), new AbortController()];
  const signalWith = joinedSignals(own.signal);
  const joined = signalWith(caller.signal);
  expect(signalWith(caller.signal)).toBe(joined);
  expect(signalWith(undefined)).toBe(own.signal);
  const another = signalWith(other.signal);
  caller.abort(new Error("enough"));
  expect(joined.reason).toEqual(new Error("enough"));
  expect(another.aborted).toBe(false);
  own.abort();
  expect(another.aborted).toBe(true);
});
