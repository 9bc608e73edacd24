import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { type RestSetup, restWorkspace } from "../connector/rest/rest-workspace.ts";
import type { FreshDatabase } from "../harness/postgres.ts";
import type { Finished, TestWorkspace } from "../runner/test-workspace.ts";

/** The streams of most of these tests: one, in pages, merged by its id. */
export const THINGS = {
  path: "/things",
  paginate: { type: "page" },
  primary_key: ["id"],
  cursor: { field: "at", param: "since", ordered: "asc" },
};

export const LOGIN = { auth: { type: "bearer" } };
export const SECRET = "tok_very_secret_0123456789";

export interface RestRun extends Finished {
  ws: TestWorkspace;
}

/** One run of the connection `api`; the workspace goes with the test. */
export async function runRest(database: FreshDatabase, setup: RestSetup): Promise<RestRun> {
  const ws = await restWorkspace(database, setup);
  return { ws, ...(await ws.run("api")) };
}

export interface Failing {
  code: string;
  exit: number;
  says: (string | RegExp)[];
}

/** The run failed so, with the same error everywhere, and no secret is in anything that it left. */
export async function expectFailure({ ws, result, events }: RestRun, { code, exit, says }: Failing): Promise<void> {
  const error = result.error ?? events.flatMap(errorOf).at(-1);
  expect([error?.code, result.exit_code], error?.message).toEqual([code, exit]);
  for (const words of says) expect(error?.message).toMatch(words);
  expect(JSON.stringify([result, events])).not.toContain(SECRET);
  expect(await readFile(ws.config, "utf8")).not.toContain(SECRET);
}

export function waitsOf(events: readonly RunEvent[]): number[] {
  return events.flatMap((event) => (event.kind === "http.rate_limited" ? [event.data.wait_ms] : []));
}

export function requestsFailed(events: readonly RunEvent[]): number {
  return events.filter(({ kind }) => kind === "http.request.error").length;
}

export function warningsOf(events: readonly RunEvent[]): string[] {
  return events.flatMap(({ level, message }) => (level === "warn" && message !== undefined ? [message] : []));
}

function errorOf(event: RunEvent) {
  return event.kind === "stream.finish" && event.data.error !== undefined ? [event.data.error] : [];
}
