#!/usr/bin/env node
/**
 * An Airbyte source for tests, that reads its data from the config: `tables` by name, each with rows. It keeps to the
 * protocol as sources do; `misbehave` makes it fail in one of the ways that sources fail in.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { dieOnce, fate } from "./death.mjs";

const args = process.argv.slice(2);
const [command = ""] = args.filter((argument) => /^(spec|check|discover|read)$/.test(argument));
const argument = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const json = (flag, otherwise) => {
  const file = argument(flag);
  return file === undefined ? otherwise : JSON.parse(readFileSync(file, "utf8"));
};
const print = async (message) => {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  if (!process.stdout.write(`${text}\n`)) await new Promise((resolve) => process.stdout.once("drain", resolve));
};
const log = (level, message) => print({ type: "LOG", log: { level, message } });
const trace = (type, content) => print({ type: "TRACE", trace: { type, emitted_at: 1, ...content } });
const status = (stream_descriptor, state, more = {}) =>
  trace("STREAM_STATUS", { stream_status: { stream_descriptor, status: state, ...more } });
const fail = async (failure_type, message) => {
  await trace("ERROR", { error: { message, internal_message: "inside", failure_type, stack_trace: "Traceback" } });
  process.exit(1);
};

const { SOURCE_CONFIG, SOURCE_SPEC } = process.env;
const properties = {
  tables: { type: "object", title: "Tables" },
  token: { type: "string", title: "Token", description: "What lets you in", airbyte_secret: true },
  page_size: { type: "integer", minimum: 1, default: 100, description: "Rows at once" },
  start: { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
  credentials: {
    type: "object",
    oneOf: [
      {
        title: "OAuth",
        required: ["kind", "refresh_token"],
        properties: {
          kind: { type: "string", const: "oauth" },
          refresh_token: { type: "string", airbyte_secret: true },
          expires_at: { type: "string" },
        },
      },
      {
        title: "Key",
        required: ["kind", "key"],
        properties: { kind: { type: "string", const: "key" }, key: { type: "string", airbyte_secret: true } },
      },
    ],
  },
};
const standard = { type: "object", required: ["page_size"], properties };

if (command === "spec") {
  await log("INFO", "looking for the specification");
  await print({
    type: "SPEC",
    spec: { connectionSpecification: SOURCE_SPEC === undefined ? standard : JSON.parse(SOURCE_SPEC) },
  });
  process.exit(0);
}

const config =
  SOURCE_CONFIG === undefined ? json("--config", {}) : { ...JSON.parse(readFileSync(SOURCE_CONFIG, "utf8")) };
const {
  tables = {},
  misbehave,
  state_every = 10,
  form = "stream",
  seen,
  once,
  dies,
  statuses = true,
  rotates,
} = config;
const state = json("--state", undefined);
const catalog = json("--catalog", { streams: [] });
if (seen !== undefined) appendFileSync(seen, `${JSON.stringify({ args, config, state, catalog, pid: process.pid })}\n`);

const refused =
  config.token === "wrong"
    ? "401: the token hunter2-secret is not valid"
    : misbehave === "refuse"
      ? "no such account"
      : undefined;

if (command === "check") {
  const answer = refused === undefined ? { status: "SUCCEEDED" } : { status: "FAILED", message: refused };
  await print({ type: "CONNECTION_STATUS", connectionStatus: answer });
  process.exit(0);
}

if (command === "discover") {
  if (misbehave === "no catalog") process.exit(0);
  const streams = Object.entries(tables).map(([name, table]) => ({
    name: table.alias ?? name,
    ...(table.namespace === undefined ? {} : { namespace: table.namespace }),
    json_schema: { type: "object", properties: table.properties },
    supported_sync_modes: table.cursor === undefined ? ["full_refresh"] : ["full_refresh", "incremental"],
    source_defined_cursor: table.cursor !== undefined && table.chosen !== true,
    default_cursor_field: table.cursor === undefined || table.chosen === true ? [] : [table.cursor],
    source_defined_primary_key: (table.keys ?? []).map((key) => [key]),
    is_resumable: table.resumable === true,
  }));
  await print({ type: "CATALOG", catalog: { streams } });
  process.exit(0);
}

if (refused !== undefined) await fail("config_error", refused);
if (rotates !== undefined) {
  const next = { ...config, ...rotates };
  await print({
    type: "CONTROL",
    control: { type: "CONNECTOR_CONFIG", emitted_at: 1, connectorConfig: { config: next } },
  });
  if (misbehave === "rotate and die") process.exit(3);
}

const given = { all: 0 };
const isDue = fate(dies);
const failing = misbehave !== undefined && !(once !== undefined && existsSync(once));
if (once !== undefined) writeFileSync(once, "");

async function misbehaveNow(descriptor) {
  if (misbehave === "die") {
    console.error("ERROR the API said 500");
    process.exit(3);
  }
  if (misbehave === "hang") await sleep(1e9);
  if (misbehave === "junk") await print("a print statement that somebody forgot");
  if (misbehave === "glue") process.stdout.write("left without an end: ");
  if (misbehave === "broken") await print('{"type": "RECORD", "record": ');
  if (misbehave === "stranger") await print({ type: "RECORD", record: { stream: "strangers", data: { id: 1 } } });
  if (misbehave === "config") await fail("config_error", "the account is closed");
  if (misbehave === "transient") await fail("transient_error", "503 for a while");
  if (misbehave === "system") await fail("system_error", "division by zero");
  if (misbehave === "incomplete") {
    await status(descriptor, "INCOMPLETE");
    return true;
  }
  return false;
}

const states = {};
const read = (descriptor) => {
  if (state === undefined) return undefined;
  if (!Array.isArray(state)) return state[descriptor.name];
  const listed = state.flatMap(({ stream, global }) => (stream === undefined ? global.stream_states : [stream]));
  return listed.find(
    ({ stream_descriptor: { name, namespace } }) => name === descriptor.name && namespace === descriptor.namespace,
  )?.stream_state;
};
const since = {};
async function printState(descriptor, name) {
  const sourceStats = { recordCount: form === "global" ? given.all : since[name] };
  since[name] = 0;
  given.all = 0;
  const stream_states = Object.values(states);
  const own = stream_states.find(({ stream_descriptor }) => stream_descriptor === descriptor);
  if (form === "legacy") {
    const data = Object.fromEntries(stream_states.map((one) => [one.stream_descriptor.name, one.stream_state]));
    await print({ type: "STATE", state: { data: { ...data, version: 7 } } });
  } else if (form === "global") {
    const global = { shared_state: { lsn: config.lsn ?? 1 }, stream_states };
    await print({ type: "STATE", state: { type: "GLOBAL", global, sourceStats } });
  } else await print({ type: "STATE", state: { type: "STREAM", stream: own, sourceStats } });
}

await log("INFO", "starting");
const total = Object.values(tables).reduce((sum, { rows = [] }) => sum + rows.length, 0);
await trace("ESTIMATE", { estimate: { type: "SYNC", row_estimate: total } });
for (const { stream, sync_mode, cursor_field } of catalog.streams) {
  const [name, table] = Object.entries(tables).find(
    ([key, one]) => (one.alias ?? key) === stream.name && one.namespace === stream.namespace,
  );
  const descriptor =
    stream.namespace === undefined ? { name: stream.name } : { name: stream.name, namespace: stream.namespace };
  const isFull = sync_mode === "full_refresh";
  const cursor = isFull ? (table.resumable ? table.keys[0] : undefined) : (cursor_field?.[0] ?? table.cursor);
  const from = cursor === undefined ? undefined : read(descriptor)?.at;
  since[name] = 0;
  if (statuses) await status(descriptor, "STARTED");
  let broken = false;
  for (const data of table.rows ?? []) {
    const isDoomed = isDue();
    if (from !== undefined && cursor !== undefined && data[cursor] <= from) continue;
    if (isDoomed) await dieOnce(dies);
    if (failing && (given.total ?? 0) === (config.after ?? 0)) broken = await misbehaveNow(descriptor);
    if (broken) break;
    await print({
      type: "RECORD",
      record: {
        stream: stream.name,
        namespace: stream.namespace,
        data,
        emitted_at: 1,
        ...(table.meta ? { meta: table.meta } : {}),
      },
    });
    given.total = (given.total ?? 0) + 1;
    given.all++;
    since[name]++;
    if (cursor === undefined) continue;
    states[name] = { stream_descriptor: descriptor, stream_state: { at: data[cursor] } };
    if (given.total % state_every === 0) await printState(descriptor, name);
  }
  if (broken) continue;
  states[name] ??= { stream_descriptor: descriptor, stream_state: from === undefined ? {} : { at: from } };
  await printState(descriptor, name);
  if (statuses) await status(descriptor, "COMPLETE");
}
await log("WARN", "that was all");
