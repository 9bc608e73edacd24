import { ConnectorError } from "../connector-error.ts";
import type { ByteWindow } from "../formats/byte-window.ts";
import { detectDialect } from "../formats/detect-format.ts";
import { type FormatParser, MAX_RECORD_BYTES } from "../formats/format-parser.ts";
import type { Dialect, FormatSettings, TextDialect } from "../formats/format-settings.ts";
import { findRecords } from "../formats/json-records.ts";
import { type OpenParser, openParser } from "../formats/open-parser.ts";
import { type FileRecord, hashedParts } from "./file-record.ts";
import type { SourceFile } from "./source-file.ts";

/** Enough to see how a file is written. */
const SAMPLE_BYTES = 64 * 1024;

/** A file ready to be read on. */
export interface FileStart {
  window: ByteWindow;
  parser: FormatParser;
  dialect: TextDialect;
  /** Rows loaded before. */
  rows: number;
}

/**
 * Goes to where the last run stopped. Undefined when what it loaded is not there any more as it was: then the window is
 * closed. Without a record, or with one without rows, the beginning is where to go.
 */
export async function startReading(
  source: SourceFile,
  before: FileRecord | undefined,
  settings: FormatSettings,
): Promise<FileStart | undefined> {
  const loaded = before === undefined || before.rows === 0 ? undefined : before;
  const head = await source.text();
  let window: ByteWindow | undefined;
  try {
    await head.fill(SAMPLE_BYTES);
    const dialect = await dialectOf(source, { window: head, before: loaded, settings });
    if (dialect === undefined) return undefined;
    const { parser, headBytes } = await openWithSample(source.key, head, { dialect, settings, loaded });
    window = await (loaded === undefined ? behindHead(head, headBytes) : behind(source, head, loaded));
    return window === undefined ? undefined : { window, parser, dialect, rows: loaded?.rows ?? 0 };
  } finally {
    if (window !== head) await head.close();
  }
}

async function behindHead(head: ByteWindow, headBytes: number): Promise<ByteWindow | undefined> {
  return (await head.skipTo(headBytes)) ? head : undefined;
}

/** Where the rows that are loaded end: at once in a file that is proven to be the same, else by reading up to there. */
async function behind(source: SourceFile, head: ByteWindow, loaded: FileRecord): Promise<ByteWindow | undefined> {
  return (await source.textBehind(loaded)) ?? ((await goOn(head, loaded)) ? head : undefined);
}

/** How the file is written: as the last run found, save what the settings say. Undefined when those contradict it. */
async function dialectOf(
  source: SourceFile,
  known: { window: ByteWindow; before: FileRecord | undefined; settings: FormatSettings },
): Promise<TextDialect | undefined> {
  const { window, before, settings } = known;
  if (before !== undefined) return adapt(before.dialect, settings);
  const sample = { name: source.key, bytes: window.bytes, final: window.ended };
  const dialect = detectDialect(sample, settings);
  if (dialect.format !== "json") return dialect;
  return { format: "json", records: dialect.records ?? (await findRecords(await source.chunks(), source.key)) };
}

function adapt(dialect: Dialect, settings: FormatSettings): TextDialect | undefined {
  if (dialect.format === "parquet") return undefined;
  const wanted = settings.format === "tsv" ? "csv" : settings.format;
  if (wanted !== undefined && wanted !== dialect.format) return undefined;
  if (dialect.format === "json") return (settings.records ?? dialect.records) === dialect.records ? dialect : undefined;
  if (dialect.format !== "csv") return dialect;
  return { ...dialect, delimiter: settings.delimiter ?? dialect.delimiter };
}

/** Reads on until the sample holds all that the parser has to see first. */
async function openWithSample(
  name: string,
  window: ByteWindow,
  file: { dialect: TextDialect; settings: FormatSettings; loaded: FileRecord | undefined },
): Promise<OpenParser> {
  const { dialect, settings, loaded } = file;
  const from = { place: loaded?.place ?? 0, rows: loaded?.rows ?? 0 };
  for (;;) {
    const opened = openParser({ name, bytes: window.bytes, final: window.ended }, { dialect, settings, from });
    if (opened !== undefined) return opened;
    if (window.length > MAX_RECORD_BYTES) throw recordTooLong(name, 0);
    await window.fill(window.length * 2);
  }
}

/** Goes behind what is loaded; false when that is not the same any more, or its last row has become longer. */
async function goOn(window: ByteWindow, loaded: FileRecord): Promise<boolean> {
  if (!(await window.skipParts(hashedParts(loaded)))) return false;
  return loaded.open_line === undefined || (await endLine(window));
}

/** Steps over the newline that the last row did not have yet; false when its line goes on instead. */
async function endLine(window: ByteWindow): Promise<boolean> {
  await window.fill(2);
  const [first, second] = window.bytes;
  if (first === undefined) return true;
  if (first !== 0x0a && first !== 0x0d) return false;
  window.consume(first === 0x0d && second === 0x0a ? 2 : 1);
  return true;
}

export function recordTooLong(name: string, offset: number): ConnectorError {
  const limit = `${MAX_RECORD_BYTES / 1024 / 1024} MiB`;
  return new ConnectorError(
    "source_format",
    `reading ${name}: the record that begins at byte ${offset} does not end within ${limit}. Check the options \`format\`, \`quote\` and \`records\`.`,
    { details: { file: name, offset } },
  );
}
