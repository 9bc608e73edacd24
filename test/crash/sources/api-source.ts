import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type CrashSource, listsOf, type Mode, type Round, rowsOfRound, type SourceRow } from "./crash-source.ts";

const PAGE = 500;
/** So many records share a moment, unless told otherwise: pages and checkpoints are cut between them. */
const TIED = 37;
/** Records of windows are of the time that they were made in, spread over so many windows of a second each. */
const SPREAD_MS = 2_500;
/** Parents of children; one more comes with the second round. */
const SHOPS = 5;
/** For an order that has nothing to do with time; prime, and larger than any number of records. */
const SHUFFLE = { by: 7919, modulus: 1_000_003 };

export interface ApiOptions {
  /** Whether records come in the order of their last change, or in none. */
  order: "asc" | "none";
  streams?: readonly string[];
  /** 1: no two records have the same cursor value. */
  tied?: number;
  /** Asked for from a moment on, from one moment to another, for one shop after the other, or for shops that have changed. */
  asked?: "since" | "windows" | "shops" | "changed shops";
  /** Records hold lists that become tables. */
  nested?: boolean;
  /** Before each answer. */
  pause_ms?: number;
}

/** What can be done to it while it is read. */
export interface ApiSource extends CrashSource {
  /** Answers so many more requests, and refuses the one after them, or breaks off in the middle of its answer. */
  failAfter(requests: number, how?: "refused" | "cut"): void;
}

interface ApiRecord extends SourceRow {
  updated_at: string;
  shop: number;
}

/** An API that lists records by the time of their last change, from a moment on, that moment included. */
export async function apiSource(options: ApiOptions): Promise<ApiSource> {
  const { order, streams = ["orders"], pause_ms = 0, asked = "since", nested = false } = options;
  const records = new Map<number, ApiRecord>();
  let listed: readonly ApiRecord[] = [];
  const times = asked === "windows" ? new PresentTimes() : new TiedTimes(options.tied ?? TIED);
  let untilFailure = Number.POSITIVE_INFINITY;
  let fail = refuse;
  const server = createServer((request, response) => {
    if (untilFailure-- === 0) fail(response);
    else setTimeout(() => answer(request, response, listed), pause_ms);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const start = new Date().toISOString();
  return {
    connection: (mode) => ({
      type: "rest_api",
      schema: {
        ...(nested ? { nested: "tables" } : {}),
        options: {
          base_url: `http://127.0.0.1:${port}`,
          streams: streamsOf(streams, mode, { order, asked, start }),
        },
        ...(asked.endsWith("shops") ? { streams: { shops: { selected: false } } } : {}),
      },
    }),
    async writeRound(mode, round) {
      if (mode === "replace") records.clear();
      const rows = rowsOfRound(mode, round);
      const timeOf = times.begin(rows.length);
      for (const [index, row] of rows.entries()) {
        const lists = nested ? listsOf(row, round) : {};
        records.set(row.id, { ...row, ...lists, updated_at: timeOf(index), shop: shopOf(row.id, round) });
      }
      listed = [...records.values()].sort(order === "asc" ? byChange : byNothing);
      await times.end();
    },
    failAfter(requests, how = "refused") {
      untilFailure = requests;
      fail = how === "cut" ? breakOff : refuse;
    },
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Times of long ago, some records at each. */
class TiedTimes {
  readonly #tied: number;
  #changes = 0;

  constructor(tied: number) {
    this.#tied = tied;
  }

  begin(): (index: number) => string {
    return () => {
      this.#changes += 1;
      return new Date(Date.UTC(2026, 0, 1) + Math.floor(this.#changes / this.#tied) * 1000).toISOString();
    };
  }

  async end(): Promise<void> {}
}

/** Times of now: windows that have been read are over. No run sees a round before its last record is of the past. */
class PresentTimes {
  #over = 0;

  begin(count: number): (index: number) => string {
    const from = Date.now();
    this.#over = from + SPREAD_MS;
    return (index) => new Date(from + Math.floor((index * SPREAD_MS) / count)).toISOString();
  }

  async end(): Promise<void> {
    await sleep(Math.max(0, this.#over - Date.now()));
  }
}

function shopOf(id: number, { rows }: Round): number {
  return id >= rows && id % 7 === 0 ? SHOPS : id % SHOPS;
}

interface Asking {
  order: ApiOptions["order"];
  asked: NonNullable<ApiOptions["asked"]>;
  /** When the source was made. */
  start: string;
}

function streamsOf(names: readonly string[], mode: Mode, asking: Asking): Record<string, unknown> {
  const streams = Object.fromEntries(names.map((name) => [name, streamOf(name, mode, asking)]));
  if (!asking.asked.endsWith("shops")) return streams;
  const shops = { path: "/shops", records: "records", paginate: { type: "none" }, primary_key: ["id"] };
  const changes = { cursor: { field: "updated_at", param: "since" } };
  return { ...streams, shops: asking.asked === "shops" ? shops : { ...shops, ...changes } };
}

function streamOf(stream: string, mode: Mode, { order, asked, start }: Asking): Record<string, unknown> {
  const paginate = { type: "cursor", param: "after", path: "next" };
  const shared = { records: "records", paginate, primary_key: ["id"], mode };
  const since = mode === "replace" ? {} : { cursor: { field: "updated_at", param: "since", ordered: order } };
  if (asked === "since") return { path: `/${stream}`, ...shared, ...since };
  if (asked === "shops") {
    const parent = { stream: "shops", keys: { shop: "id" }, include: { shop_name: "name" } };
    return { path: `/shops/{shop}/${stream}`, ...shared, ...since, parent };
  }
  if (asked === "changed shops") {
    const parent = { stream: "shops", keys: { shop: "id" }, changed: true };
    return { path: `/shops/{shop}/${stream}`, ...shared, parent };
  }
  const window = { from_param: "from", to_param: "to", step_s: 1 };
  return { path: `/${stream}`, ...shared, cursor: { field: "updated_at", start }, window };
}

/** `?since=` and `?from=` are inclusive, `?to=` is not; `after` is the place of the last record of the page before. */
function answer(request: IncomingMessage, response: ServerResponse, listed: readonly ApiRecord[]): void {
  const { searchParams, pathname } = new URL(request.url ?? "/", "http://localhost");
  response.setHeader("content-type", "application/json");
  const from = searchParams.get("since") ?? searchParams.get("from") ?? "";
  if (pathname === "/shops") return void response.end(JSON.stringify({ records: shopsOf(listed, from) }));
  const to = searchParams.get("to") ?? "9";
  const shop = /^\/shops\/(\d+)\//.exec(pathname)?.[1];
  const isWanted = (record: ApiRecord) =>
    record.updated_at >= from && record.updated_at < to && (shop === undefined || record.shop === Number(shop));
  const page: ApiRecord[] = [];
  let at = Number(searchParams.get("after") ?? 0);
  for (; at < listed.length && page.length < PAGE; at++) {
    const record = listed[at];
    if (record !== undefined && isWanted(record)) page.push(record);
  }
  const next = at < listed.length ? `${at}` : null;
  response.end(JSON.stringify({ records: page.map((record) => ({ ...record, amount: Number(record.amount) })), next }));
}

/** A shop changes with its records. */
function shopsOf(listed: readonly ApiRecord[], since: string): { id: number; name: string; updated_at: string }[] {
  const changes = new Map<number, string>();
  for (const { shop, updated_at } of listed) {
    if (updated_at > (changes.get(shop) ?? "")) changes.set(shop, updated_at);
  }
  const shops = [...changes].map(([id, updated_at]) => ({ id, name: `shop ${id}`, updated_at }));
  return shops.filter(({ updated_at }) => updated_at >= since).sort((a, b) => a.id - b.id);
}

function refuse(response: ServerResponse): void {
  response.statusCode = 400;
  response.end("{}");
}

/** The answer was to be longer. */
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": 10_000 });
  response.write('{"records": [{"id": 1, "na', () => response.destroy());
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
