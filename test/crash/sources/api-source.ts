import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CrashSource, type Mode, rowsOfRound, type SourceRow } from "./crash-source.ts";

const PAGE = 500;
/** So many records share a moment: pages and checkpoints are cut between them. */
const TIED = 37;
/** For an order that has nothing to do with time; prime, and larger than any number of records. */
const SHUFFLE = { by: 7919, modulus: 1_000_003 };

export interface ApiOptions {
  /** Whether records come in the order of their last change, or in none. */
  order: "asc" | "none";
  streams?: readonly string[];
  /** Before each answer. */
  pause_ms?: number;
}

/** What can be done to it while it is read. */
export interface ApiSource extends CrashSource {
  /** Answers so many more requests, and refuses the one after them. */
  failAfter(requests: number): void;
}

interface ApiRecord extends SourceRow {
  updated_at: string;
}

/** An API that lists records by the time of their last change, from a moment on, that moment included. */
export async function apiSource({ order, streams = ["orders"], pause_ms = 0 }: ApiOptions): Promise<ApiSource> {
  const records = new Map<number, ApiRecord>();
  let listed: readonly ApiRecord[] = [];
  let changes = 0;
  let untilFailure = Number.POSITIVE_INFINITY;
  const server = createServer((request, response) => {
    if (untilFailure-- === 0) refuse(response);
    else setTimeout(() => answer(request, response, listed), pause_ms);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connection: (mode) => ({
      type: "rest_api",
      schema: {
        options: {
          base_url: `http://127.0.0.1:${port}`,
          streams: Object.fromEntries(streams.map((stream) => [stream, streamOf(stream, mode, order)])),
        },
      },
    }),
    async writeRound(mode, round) {
      if (mode === "replace") records.clear();
      for (const row of rowsOfRound(mode, round)) {
        changes += 1;
        const updated_at = new Date(Date.UTC(2026, 0, 1) + Math.floor(changes / TIED) * 1000).toISOString();
        records.set(row.id, { ...row, updated_at });
      }
      listed = [...records.values()].sort(order === "asc" ? byChange : byNothing);
    },
    failAfter(requests) {
      untilFailure = requests;
    },
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function streamOf(stream: string, mode: Mode, ordered: ApiOptions["order"]): Record<string, unknown> {
  const paginate = { type: "cursor", param: "after", path: "next" };
  const shared = { path: `/${stream}`, records: "records", paginate, primary_key: ["id"], mode };
  if (mode === "replace") return shared;
  return { ...shared, cursor: { field: "updated_at", param: "since", ordered } };
}

/** `?since=` is inclusive; `after` is the place of the last record of the page before. */
function answer(request: IncomingMessage, response: ServerResponse, listed: readonly ApiRecord[]): void {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const since = searchParams.get("since") ?? "";
  const page: ApiRecord[] = [];
  let at = Number(searchParams.get("after") ?? 0);
  for (; at < listed.length && page.length < PAGE; at++) {
    const record = listed[at];
    if (record !== undefined && record.updated_at >= since) page.push(record);
  }
  const next = at < listed.length ? `${at}` : null;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ records: page.map((record) => ({ ...record, amount: Number(record.amount) })), next }));
}

function refuse(response: ServerResponse): void {
  response.statusCode = 400;
  response.end("{}");
}

function byChange(a: ApiRecord, b: ApiRecord): number {
  if (a.updated_at !== b.updated_at) return a.updated_at < b.updated_at ? -1 : 1;
  return a.id - b.id;
}

function byNothing(a: ApiRecord, b: ApiRecord): number {
  return shuffled(a.id) - shuffled(b.id);
}

function shuffled(id: number): number {
  return (id * SHUFFLE.by) % SHUFFLE.modulus;
}
