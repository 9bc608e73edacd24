import { ConnectorError } from "../connector-error.ts";
import { detectCsvDialect } from "./csv-dialect.ts";
import { decodeUtf8 } from "./encoding.ts";
import type { FormatName, FormatSettings, TextDialect, TextFormat } from "./format-settings.ts";
import { refuseBinary } from "./refuse-binary.ts";

const PACKED = /\.(gz|gzip|zst|zstd)$/i;

const FORMATS: Readonly<Record<string, FormatName>> = {
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  ndjson: "ndjson",
  jsonl: "ndjson",
  json: "json",
  geojson: "json",
  parquet: "parquet",
  parq: "parquet",
  pq: "parquet",
};

/** What a file's name says, apart from how it is packed: `orders.csv.gz` is csv. */
export function formatOfName(name: string): FormatName | undefined {
  const extension = /\.([a-z0-9]+)$/i.exec(name.replace(PACKED, ""))?.[1]?.toLowerCase();
  return extension === undefined ? undefined : FORMATS[extension];
}

/** A file's name without what says its format and packing: `orders.csv.gz` → `orders`. */
export function stemOfName(name: string): string {
  const unpacked = name.replace(PACKED, "");
  return formatOfName(unpacked) === undefined ? unpacked : unpacked.replace(/\.[^.]+$/, "");
}

/** The beginning of a file as text. */
export interface FormatSample {
  name: string;
  bytes: Buffer;
  /** The bytes are the whole file. */
  final: boolean;
}

/** JSON whose records are still to be found. */
export interface JsonSomewhere {
  format: "json";
  records?: undefined;
}

/** How a file is written; for JSON without the place of its records, which takes the whole file to find. */
export function detectDialect(sample: FormatSample, settings: FormatSettings): TextDialect | JsonSomewhere {
  refuseBinary(sample.name, sample.bytes);
  const bytes = wholeLines(sample);
  const text = decodeUtf8(bytes, { name: sample.name, offset: 0, line: 1 });
  const format = textFormat(settings.format) ?? detectFormat(text, sample, settings);
  if (format === "ndjson") return { format };
  if (format === "json") return { format, ...(settings.records === undefined ? {} : { records: settings.records }) };
  return detectCsvDialect(bytes, { ...settings, format });
}

/** Names go first; `.json` is also used for one object a line, and other names say nothing. */
function detectFormat(text: string, sample: FormatSample, settings: FormatSettings): TextFormat {
  const named = textFormat(formatOfName(sample.name));
  if (named !== undefined && named !== "json") return named;
  const content = text.trimStart();
  if (named === "json") return settings.records === undefined && isOneObjectALine(content) ? "ndjson" : "json";
  if (content.startsWith("[")) return "json";
  if (!content.startsWith("{")) return "csv";
  return isObject(firstLines(content)[0]) ? "ndjson" : "json";
}

function textFormat(format: FormatName | undefined): TextFormat | undefined {
  return format === "parquet" ? undefined : format;
}

function isOneObjectALine(content: string): boolean {
  const [first, second] = firstLines(content);
  return second?.startsWith("{") === true && isObject(first);
}

function firstLines(content: string): string[] {
  return content
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(0, 2);
}

function isObject(line: string | undefined): boolean {
  if (line === undefined || !line.startsWith("{")) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Whole lines of the sample, or all of it where there is no end of a line. */
function wholeLines({ name, bytes, final }: FormatSample): Buffer {
  refuseUtf16(name, bytes);
  const lines = Math.max(bytes.lastIndexOf("\n"), bytes.lastIndexOf("\r")) + 1;
  return final ? bytes : bytes.subarray(0, lines > 0 ? lines : wholeCharacters(bytes));
}

/** Length without the bytes of a character that is cut off at the end. */
function wholeCharacters(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end--;
  return end > 0 && (bytes[end - 1] as number) >= 0xc0 ? end - 1 : bytes.length;
}

/** UTF-16 without a byte order mark passes for UTF-8 full of NUL characters. */
function refuseUtf16(name: string, bytes: Buffer): void {
  const looked = bytes.subarray(0, 1024);
  const odd = looked.filter((byte, index) => byte === 0 && index % 2 === 1).length;
  const even = looked.filter((byte, index) => byte === 0 && index % 2 === 0).length;
  const pairs = looked.length / 2;
  if (pairs < 2 || Math.max(odd, even) < pairs * 0.7 || Math.min(odd, even) > 0) return;
  const encoding = odd > even ? "utf-16le" : "utf-16be";
  throw new ConnectorError(
    "source_encoding",
    `reading ${name}: it looks like ${encoding}, without a byte order mark. Set the option \`encoding\` to ${encoding}.`,
    { details: { file: name, offset: 0 } },
  );
}
