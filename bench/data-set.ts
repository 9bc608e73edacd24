import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { randomFrom } from "./random.ts";

/** The same rows three times: as a source's CSV and NDJSON, and as COPY text, which is what the limit is made of. */
export interface DataSet {
  rows: number;
  csv: string;
  ndjson: string;
  copy: string;
}

/** What inference makes of the rows; the limit loads into a table of the same columns. */
export const COLUMNS = [
  ["id", "bigint"],
  ["name", "text"],
  ["email", "text"],
  ["amount", "numeric"],
  ["quantity", "bigint"],
  ["active", "boolean"],
  ["created_at", "timestamptz"],
  ["day", "date"],
  ["note", "text"],
  ["code", "text"],
] as const;

const ROWS_PER_WRITE = 5000;
const FIRST_NAMES = ["Ada", "Grace", "Linus", "Barbara", "Edsger", "Margaret", "Dennis", "Radia", "Tony", "Frances"];
const NOTES = [
  "",
  "call back on Monday",
  "paid by transfer, see the invoice",
  "délai de livraison",
  "-",
  "no comment so far",
];

/** Writes the files into `folder` unless they are there from an earlier time; the rows depend on `rows` alone. */
export async function makeDataSet(folder: string, rows: number): Promise<DataSet> {
  await mkdir(folder, { recursive: true });
  const at = (ending: string) => join(folder, `orders-${rows}.${ending}`);
  const set = { rows, csv: at("csv"), ndjson: at("ndjson"), copy: at("copy") };
  if ([set.csv, set.ndjson, set.copy].every((path) => existsSync(path))) return set;
  await writeRows(set.csv, rows, csvLine, `${COLUMNS.map(([name]) => name).join(",")}\n`);
  await writeRows(set.ndjson, rows, (values) => `${JSON.stringify(record(values))}\n`, "");
  await writeRows(set.copy, rows, (values) => `${values.map((value) => value ?? "\\N").join("\t")}\n`, "");
  return set;
}

type Values = readonly (string | number | boolean | null)[];

async function writeRows(path: string, rows: number, line: (values: Values) => string, header: string): Promise<void> {
  const out = createWriteStream(`${path}.part`);
  const random = randomFrom(20261120);
  await write(out, header);
  for (let at = 0; at < rows; at += ROWS_PER_WRITE) {
    let text = "";
    for (let i = at; i < Math.min(rows, at + ROWS_PER_WRITE); i++) text += line(valuesOf(i, random));
    await write(out, text);
  }
  out.end();
  await once(out, "finish");
  await rename(`${path}.part`, path);
}

async function write(out: Writable, text: string): Promise<void> {
  if (text !== "" && !out.write(text)) await once(out, "drain");
}

function valuesOf(i: number, random: () => number): Values {
  const name = FIRST_NAMES[Math.floor(random() * FIRST_NAMES.length)] as string;
  const day = new Date(Date.UTC(2020, 0, 1 + Math.floor(random() * 2000)));
  const time = new Date(day.getTime() + Math.floor(random() * 86_400) * 1000);
  return [
    i + 1,
    `${name} ${Math.floor(random() * 100_000)}`,
    `${name.toLowerCase()}.${i}@example.com`,
    Math.floor(random() * 10_000_000) / 100,
    Math.floor(random() * 100),
    random() < 0.7,
    time.toISOString().replace(".000Z", "Z"),
    day.toISOString().slice(0, 10),
    NOTES[Math.floor(random() * NOTES.length)] || null,
    `SKU-${Math.floor(random() * 1_000_000).toString(36)}`,
  ];
}

function csvLine(values: Values): string {
  return `${values.map((value) => (typeof value === "string" && value.includes(",") ? `"${value}"` : (value ?? ""))).join(",")}\n`;
}

function record(values: Values): Record<string, unknown> {
  return Object.fromEntries(COLUMNS.map(([name], index) => [name, values[index]]));
}
