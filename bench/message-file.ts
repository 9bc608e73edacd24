import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { DataSet } from "./data-set.ts";

/** Names of the streams that the same rows are of: one without a key, which is appended to, and one with. */
export type MessageStream = "orders" | "keyed";

const STATE_EVERY_ROWS = 10_000;
const LINES_PER_WRITE = 2000;

const text = { type: ["null", "string"] };
const PROPERTIES = {
  ...{ id: { type: "integer" }, name: text, email: text, amount: { type: "number" }, quantity: { type: "integer" } },
  ...{ active: { type: "boolean" }, created_at: { type: "string", format: "date-time" } },
  ...{ day: { type: "string", format: "date" }, note: text, code: text },
};

/** The rows of a data set as the messages of a Singer tap, written once. */
export async function makeMessages({ ndjson, rows }: DataSet, stream: MessageStream): Promise<string> {
  const path = ndjson.replace(/\.ndjson$/, `-${stream}.singer`);
  if (existsSync(path)) return path;
  const out = createWriteStream(`${path}.part`);
  const keys = stream === "keyed" ? ["id"] : [];
  const schema = { type: "object", properties: PROPERTIES };
  let waiting = [JSON.stringify({ type: "SCHEMA", stream, schema, key_properties: keys })];
  let row = 0;
  for await (const line of createInterface({ input: createReadStream(ndjson) })) {
    row++;
    const time = new Date(Date.UTC(2026, 0, 1) + row).toISOString();
    waiting.push(`{"type":"RECORD","stream":"${stream}","record":${line},"time_extracted":"${time}"}`);
    if (row % STATE_EVERY_ROWS === 0 || row === rows)
      waiting.push(JSON.stringify({ type: "STATE", value: { bookmarks: { [stream]: { row } } } }));
    if (waiting.length < LINES_PER_WRITE) continue;
    if (!out.write(`${waiting.join("\n")}\n`)) await once(out, "drain");
    waiting = [];
  }
  out.end(`${waiting.join("\n")}\n`);
  await once(out, "finish");
  await rename(`${path}.part`, path);
  return path;
}
