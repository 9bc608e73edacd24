import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import { ConnectorError } from "../connector-error.ts";
import type { Row } from "../define-connector.ts";
import type { ProgramContext } from "../external/program-context.ts";
import type { Message } from "../external/program-messages.ts";
import { hasInexactNumber, parseExactJson } from "../formats/exact-numbers.ts";

const ROWS_AT_ONCE = 1000;

/** The records of the files that a BATCH message names: JSON lines, plain or packed with gzip. */
export async function* readBatchFiles(ctx: ProgramContext, message: Message): AsyncGenerator<Row[]> {
  const { format, compression } = (message["encoding"] ?? {}) as { format?: unknown; compression?: unknown };
  if (format !== "jsonl") throw unreadable(`its format is ${String(format)} and only jsonl can be read`);
  if (compression !== undefined && compression !== null && compression !== "none" && compression !== "gzip")
    throw unreadable(`it is packed with ${String(compression)} and only gzip can be read`);
  const files = Array.isArray(message["manifest"]) ? message["manifest"] : [];
  for (const file of files) yield* readLines(pathOf(file), compression === "gzip", ctx.signal);
}

function pathOf(file: unknown): string {
  if (typeof file !== "string") throw unreadable("its manifest is not a list of files");
  if (file.startsWith("file://")) return fileURLToPath(file);
  if (/^[a-z0-9]+:\/\//i.test(file)) throw unreadable(`${file.split("://")[0]}:// is no place on this machine`);
  return file;
}

async function* readLines(path: string, isPacked: boolean, signal: AbortSignal): AsyncGenerator<Row[]> {
  const file = createReadStream(path, { signal });
  const input = isPacked ? pipeline(file, createGunzip(), () => {}) : file;
  let rows: Row[] = [];
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === "") continue;
      rows.push((hasInexactNumber(line) ? parseExactJson(line) : JSON.parse(line)) as Row);
      if (rows.length < ROWS_AT_ONCE) continue;
      yield rows;
      rows = [];
    }
  } catch (cause) {
    throw unreadable(
      `${path}: ${cause instanceof SyntaxError ? "a line is not valid JSON" : (cause as Error).message}`,
      cause,
    );
  }
  if (rows.length > 0) yield rows;
}

function unreadable(why: string, cause?: unknown): ConnectorError {
  const message = `reading a batch that the tap has written into files: ${why}. Set the tap's batch_config to jsonl files of this machine, or unset it.`;
  return new ConnectorError("source_format", message, { cause });
}
