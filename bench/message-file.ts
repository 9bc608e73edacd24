import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { DataSet } from "./data-set.ts";

/** Streams that the same rows are of: one without a key, which is appended to, and one with. */
export type MessageStream = "orders" | "keyed";

export type Protocol = "singer" | "airbyte";

const STATE_EVERY_ROWS = 10_000;
const LINES_PER_WRITE = 2000;

const text = { type: ["null", "string"] };
const PROPERTIES = {
  ...{ id: { type: "integer" }, name: text, email: text, amount: { type: "number" }, quantity: { type: "integer" } },
  ...{ active: { type: "boolean" }, created_at: { type: "string", format: "date-time" } },
  ...{ day: { type: "string", format: "date" }, note: text, code: text },
};
const SCHEMA = { type: "object", properties: PROPERTIES };

/** How each of them writes a record, whose own text stays as it is, and a state. */
const WRITERS = {
  singer: {
    record: (stream: string, data: string, row: number) =>
      `{"type":"RECORD","stream":"${stream}","record":${data},"time_extracted":"${new Date(row).toISOString()}"}`,
    state: (stream: string, row: number) => ({ type: "STATE", value: { bookmarks: { [stream]: { row } } } }),
  },
  airbyte: {
    record: (stream: string, data: string, row: number) =>
      `{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":${row}}}`,
    state: (stream: string, row: number) => ({
      type: "STATE",
      state: { type: "STREAM", stream: { stream_descriptor: { name: stream }, stream_state: { row } } },
    }),
  },
} as const;

/** The rows of a data set as the messages of a program, written once. */
export async function makeMessages({ ndjson, rows }: DataSet, protocol: Protocol, stream: MessageStream) {
  const path = ndjson.replace(/\.ndjson$/, `-${stream}.${protocol}`);
  if (existsSync(path)) return path;
  const out = createWriteStream(`${path}.part`);
  const { record, state } = WRITERS[protocol];
  const keys = stream === "keyed" ? ["id"] : [];
  let waiting =
    protocol === "singer" ? [{ type: "SCHEMA", stream, schema: SCHEMA, key_properties: keys }].map(inJson) : [];
  let row = 0;
  for await (const line of createInterface({ input: createReadStream(ndjson) })) {
    row++;
    waiting.push(record(stream, line, row));
    if (row % STATE_EVERY_ROWS === 0 || row === rows) waiting.push(inJson(state(stream, row)));
    if (waiting.length < LINES_PER_WRITE) continue;
    if (!out.write(`${waiting.join("\n")}\n`)) await once(out, "drain");
    waiting = [];
  }
  out.end(waiting.length === 0 ? "" : `${waiting.join("\n")}\n`);
  await once(out, "finish");
  await rename(`${path}.part`, path);
  return path;
}

/** A program that answers as a source of Airbyte's does, and reads by replaying the file. */
export async function makeAirbyteSource(file: string, stream: MessageStream): Promise<string> {
  const spec = { type: "SPEC", spec: { connectionSpecification: { type: "object", properties: {} } } };
  const offered = { name: stream, json_schema: SCHEMA, supported_sync_modes: ["full_refresh", "incremental"] };
  const catalog = { type: "CATALOG", catalog: { streams: [{ ...offered, source_defined_cursor: true }] } };
  const answers = [`spec) echo '${inJson(spec)}'`, `discover) echo '${inJson(catalog)}'`, `read) cat '${file}'`];
  const script = `${file}.sh`;
  await writeFile(script, `case "$1" in\n${answers.join(" ;;\n")} ;;\nesac\n`);
  return script;
}

function inJson(value: object): string {
  return JSON.stringify(value);
}
