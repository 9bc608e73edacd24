import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { type LooseOptions, restWorkspace } from "../connector/rest/rest-workspace.ts";
import type { TestAnswer, TestHandler } from "../harness/http-server.ts";
import type { FreshDatabase } from "../harness/postgres.ts";
import type { Finished, TestWorkspace } from "../runner/test-workspace.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples");

export interface ExampleSetup {
  secrets: Readonly<Record<string, string>>;
  namespace: string;
  /** What a user fills in. */
  change?(options: LooseOptions): void;
}

/** The example's own options in a workspace, with the address of a local server in place of the vendor's. */
export async function exampleWorkspace(
  database: FreshDatabase,
  vendor: string,
  { url, ...setup }: ExampleSetup & { url: string },
): Promise<TestWorkspace> {
  const config = JSON.parse(await readFile(join(EXAMPLES, vendor, "config.json"), "utf8"));
  const { options } = config.connections[0].schema;
  options.base_url = url + new URL(options.base_url).pathname.replace(/\/$/, "");
  setup.change?.(options);
  return restWorkspace(database, { options, secrets: setup.secrets, schema: { namespace: setup.namespace } });
}

/** A service that can be made to refuse or to be slow, as the real ones do. */
export interface Vendor {
  handler: TestHandler;
  /** The next so many requests get this answer instead. */
  refuse(count: number, answer: TestAnswer): void;
  /** Called with the number of each request, from 1. */
  onRequest: ((number: number) => void) | undefined;
}

export function vendorOf(answer: TestHandler): Vendor {
  const refusals: TestAnswer[] = [];
  let number = 0;
  const vendor: Vendor = {
    onRequest: undefined,
    refuse: (count, said) => void refusals.push(...Array<TestAnswer>(count).fill(said)),
    handler(request, response) {
      vendor.onRequest?.(++number);
      return refusals.shift() ?? answer(request, response);
    },
  };
  return vendor;
}

/** Runs that must end well, and return how many rows came by stream. */
export async function runWell(ws: TestWorkspace): Promise<{ read: Record<string, number>; events: RunEvent[] }> {
  const { result, events } = await ws.run("api");
  expect(result.status, result.error?.message ?? result.report_text).toBe("success");
  return { read: rowsRead({ events }), events };
}

/** A run that is cancelled when that request has arrived. */
export async function runUntil(ws: TestWorkspace, vendor: Vendor, requests: number): Promise<Finished> {
  const stop = new AbortController();
  let seen = 0;
  vendor.onRequest = () => {
    if (++seen === requests) stop.abort();
  };
  const finished = await ws.run("api", {}, { signal: stop.signal });
  vendor.onRequest = undefined;
  return finished;
}

function rowsRead({ events }: { events: readonly RunEvent[] }): Record<string, number> {
  const finished = events.flatMap((event) => (event.kind === "stream.finish" ? [event] : []));
  return Object.fromEntries(finished.map(({ stream = "", data }) => [stream, data.rows_read]));
}

/** The ids of a table in their order, each as often as it is there. */
export async function idsIn(database: FreshDatabase, table: string): Promise<string[]> {
  const { rows } = await database.client.query(`select id::text as id from ${table} order by id::text`);
  return rows.map(({ id }) => id);
}

export function sorted(ids: readonly (string | number)[]): string[] {
  return ids.map(String).sort();
}

/** A number and how many seconds it is after the first of January. */
export function secondsAfter(count: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + count * 1000);
}
