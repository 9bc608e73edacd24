#!/usr/bin/env node
/**
 * A Singer tap for tests, that reads its data from the config: `tables` by name, each with rows. It keeps to the
 * protocol as taps do; `misbehave` makes it fail in one of the ways that taps fail in.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { dieOnce, fate } from "./death.mjs";

const args = process.argv.slice(2);
const argument = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const json = (flag, otherwise) => {
  const file = argument(flag);
  return file === undefined ? otherwise : JSON.parse(readFileSync(file, "utf8"));
};
const { TAP_CONFIG } = process.env;
const config = TAP_CONFIG === undefined ? json("--config", {}) : JSON.parse(readFileSync(TAP_CONFIG, "utf8"));
const { tables = {}, misbehave, state_every = 10, seen, token, once, dies } = config;
const print = async (message) => {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  if (!process.stdout.write(`${text}\n`)) await new Promise((resolve) => process.stdout.once("drain", resolve));
};

if (seen !== undefined)
  writeFileSync(
    seen,
    JSON.stringify({ args, config, pid: process.pid, state: json("--state", null), catalog: json("--catalog", null) }),
  );

if (args.includes("--discover")) {
  if (misbehave === "no catalog") await print("Traceback: something");
  else {
    const streams = Object.entries(tables).map(([name, table]) => ({
      tap_stream_id: name,
      stream: table.alias ?? name,
      schema: { type: "object", properties: table.properties },
      key_properties: table.keys ?? [],
      metadata: [
        {
          breadcrumb: [],
          metadata: {
            ...(table.cursor === undefined ? {} : { "valid-replication-keys": [table.cursor] }),
            ...(table.forced === undefined ? {} : { "forced-replication-method": table.forced }),
          },
        },
        ...Object.keys(table.properties).map((property) => ({
          breadcrumb: ["properties", property],
          metadata: { inclusion: "available" },
        })),
      ],
    }));
    await print({ streams });
  }
  process.exit(0);
}

if (token === "wrong") {
  console.error("CRITICAL 401: the token hunter2-secret is not valid");
  process.exit(1);
}

const catalog = json("--catalog", { streams: [] });
const state = json("--state", { bookmarks: {} });
const isSelected = ({ metadata }) =>
  metadata.some(({ breadcrumb, metadata: about }) => breadcrumb.length === 0 && about.selected === true);
let given = 0;
const isDue = fate(dies);
const failing = misbehave !== undefined && !(once !== undefined && existsSync(once));
if (once !== undefined) writeFileSync(once, "");

async function misbehaveNow() {
  if (misbehave === "die") {
    console.error("ERROR the API said 500");
    process.exit(3);
  }
  if (misbehave === "hang") await sleep(1e9);
  if (misbehave === "junk") await print("a print statement that somebody forgot");
  if (misbehave === "broken") await print('{"type": "RECORD", "stream": ');
  if (misbehave === "stranger") await print({ type: "RECORD", stream: "strangers", record: { id: 1 } });
}

console.error("INFO starting");
for (const entry of catalog.streams.filter(isSelected)) {
  const name = entry.tap_stream_id;
  const table = tables[name];
  const stream = table.alias ?? name;
  const root = entry.metadata.find(({ breadcrumb }) => breadcrumb.length === 0).metadata;
  const isFull = root["replication-method"] === "FULL_TABLE";
  const { cursor, version } = table;
  const from = isFull ? undefined : state.bookmarks?.[name]?.replication_key_value;
  await print({
    type: "SCHEMA",
    stream,
    schema: { type: "object", properties: table.properties },
    key_properties: table.keys ?? [],
  });
  for (const record of table.rows ?? []) {
    const isDoomed = isDue();
    if (
      from !== undefined &&
      cursor !== undefined &&
      (record[cursor] < from || (table.exclusive && record[cursor] === from))
    )
      continue;
    if (isDoomed) await dieOnce(dies);
    if (failing && given === (config.after ?? 0)) await misbehaveNow();
    await print({ type: "RECORD", stream, record, ...(version === undefined ? {} : { version }) });
    given++;
    if (cursor !== undefined) {
      state.bookmarks = {
        ...state.bookmarks,
        [name]: { replication_key: cursor, replication_key_value: record[cursor] },
      };
      if (given % state_every === 0) await print({ type: "STATE", value: state });
    }
  }
  for (const message of table.afterwards ?? []) await print(message);
  if (version !== undefined) await print({ type: "ACTIVATE_VERSION", stream, version });
  console.error(
    `INFO METRIC: ${JSON.stringify({ type: "counter", metric: "record_count", value: given, tags: { stream: name } })}`,
  );
  await print({ type: "STATE", value: state });
}
