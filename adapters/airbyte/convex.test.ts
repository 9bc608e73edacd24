import { test } from "vitest";
import { localApi } from "./local-api.ts";
import { proveSource } from "./prove-source.ts";

const ROWS = 3000;
const PAGE = 100;
/** Times in nanoseconds: more than a double can hold, in rows and in the source's own state. */
const FIRST = 1_764_287_000_000_000_123n;

interface Document {
  _id: string;
  _ts: bigint;
  text: string;
  _deleted?: boolean;
}

const documents = Array.from(
  { length: ROWS },
  (_, n): Document => ({ _id: idOf(n), _ts: tsOf(n), text: `message ${n}` }),
);
const changes: Document[] = [];

/** A database's change feed: a snapshot that can be gone on with, then changes, deletions marked. */
test("airbyte-source-convex", async () => {
  await using api = await localApi(({ pathname, searchParams }, { headers }) => {
    if (headers.authorization !== "Convex prod:key-0815") return { status: 403, body: { code: "no", message: "key" } };
    if (pathname === "/api/json_schemas") return { body: { messages: schema() } };
    return { body: pathname === "/api/list_snapshot" ? snapshot(searchParams) : deltas(searchParams) };
  });
  await proveSource({
    options: { package: "airbyte-source-convex==0.4.51", config: { deployment_url: api.url } },
    streams: { messages: { mode: "merge", deleted_field: "_deleted" } },
    secrets: `access_key = "prod:key-0815"`,
    ...{ offers: { messages: "merge" }, whole: { messages: ROWS } },
    moveOn() {
      changes.push({ _id: idOf(7), _ts: tsOf(ROWS), text: "changed" });
      changes.push({ _id: idOf(8), _ts: tsOf(ROWS + 1), text: "", _deleted: true });
      documents.splice(7, 2, { _id: idOf(7), _ts: tsOf(ROWS), text: "changed" });
      return { messages: 2 };
    },
    killedAfter: 500,
  });
});

function idOf(n: number): string {
  return `j${String(n).padStart(8, "0")}`;
}

function tsOf(n: number): bigint {
  return FIRST + BigInt(n);
}

/** Numbers as they are written, with all their digits. */
function exact(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === "bigint" ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(inner)) : inner,
  );
}

function snapshot(params: URLSearchParams): string {
  const from = Number(params.get("cursor") ?? 0);
  const values = documents.slice(from, from + PAGE);
  const snapshot = BigInt(params.get("snapshot") ?? tsOf(ROWS - 1 + changes.length));
  return exact({ values, cursor: String(from + PAGE), hasMore: from + PAGE < documents.length, snapshot });
}

function deltas(params: URLSearchParams): string {
  const cursor = BigInt(params.get("cursor") ?? 0);
  const values = changes.filter(({ _ts }) => _ts > cursor);
  return exact({ values, cursor: values.at(-1)?._ts ?? cursor, hasMore: false });
}

function schema(): object {
  return {
    type: "object",
    properties: { _id: { type: "string" }, _ts: { type: "integer" }, text: { type: "string" } },
  };
}
