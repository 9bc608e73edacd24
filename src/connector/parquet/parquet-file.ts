import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  type Compressors,
  type FileMetaData,
  parquetMetadata,
  parquetRead,
  parquetSchema,
  type SchemaElement,
} from "hyparquet";
import { compressors as written } from "hyparquet-compressors";
import { ConnectorError } from "../connector-error.ts";
import type { OpenFile } from "../file-source/file-store.ts";
import { type ParquetColumn, parquetColumns } from "./parquet-types.ts";

/** Length of the footer and the magic word, behind the footer. */
const TAIL_BYTES = 8;
const MAGIC = "PAR1";
const ENCRYPTED = "PARE";

/** A row group: rows that are stored, and held in memory, together. */
export interface ParquetGroup {
  /** Rows before it. */
  firstRow: number;
  rows: number;
  /** Where its bytes are. */
  start: number;
  end: number;
  /** Unpacked. */
  bytes: number;
}

/** What the footer of a file says. */
export interface ParquetFile {
  columns: ParquetColumn[];
  groups: ParquetGroup[];
  rows: number;
  /** Rows of a group, from its bytes: columns in order, values as they are stored. */
  readRows(bytes: Buffer, group: ParquetGroup, from: number, to: number): Promise<unknown[][]>;
}

/** Reads the footer. @throws ConnectorError `source_format`, or `source_truncated` where the file lacks its end */
export async function openParquet(file: OpenFile, name: string): Promise<ParquetFile> {
  const metadata = await readFooter(file, name);
  const groups = groupsOf(metadata, name);
  const plain: FileMetaData = { ...metadata, schema: metadata.schema.map(asStored) };
  const columns = parquetColumns(parquetSchema(metadata));
  return {
    columns,
    groups,
    rows: Number(metadata.num_rows),
    async readRows(bytes, group, from, to) {
      let rows: unknown[][] = [];
      try {
        await parquetRead({
          file: {
            byteLength: file.size,
            slice: (start, end = file.size) => sliceOf(bytes, start - group.start, end - group.start),
          },
          metadata: plain,
          columns: columns.map((column) => column.name),
          compressors: COMPRESSORS,
          parsers: PARSERS,
          ...{ utf8: false, geoparquet: false, rowStart: group.firstRow + from, rowEnd: group.firstRow + to },
          onComplete: (read) => {
            rows = read;
          },
        });
      } catch (cause) {
        throw damaged(
          name,
          `rows from ${group.firstRow + from} on cannot be read (${(cause as Error).message})`,
          cause,
        );
      }
      if (rows.length === to - from) return rows;
      throw damaged(name, `${to - from} rows from ${group.firstRow + from} on should be there, and ${rows.length} are`);
    },
  };
}

async function readFooter(file: OpenFile, name: string): Promise<FileMetaData> {
  const tail = await file.read(Math.max(0, file.size - TAIL_BYTES), TAIL_BYTES);
  const magic = tail.subarray(-MAGIC.length).toString("latin1");
  const length = tail.length < TAIL_BYTES ? 0 : tail.readUInt32LE(0);
  if (magic === ENCRYPTED) throw damaged(name, "it is encrypted, which is not supported");
  if (magic !== MAGIC) throw await notParquet(file, name);
  if (length + TAIL_BYTES + MAGIC.length > file.size)
    throw damaged(name, "its footer says that it is longer than the file");
  const footer = await file.read(file.size - TAIL_BYTES - length, length + TAIL_BYTES);
  try {
    return parquetMetadata(sliceOf(footer, 0, footer.length), { geoparquet: false });
  } catch (cause) {
    throw damaged(name, `its footer cannot be read (${(cause as Error).message})`, cause);
  }
}

async function notParquet(file: OpenFile, name: string): Promise<ConnectorError> {
  const head = await file.read(0, MAGIC.length);
  if (head.toString("latin1") !== MAGIC) return damaged(name, "it is not a Parquet file");
  const text = `reading ${name}: it begins as a Parquet file and ends too early. The file is incomplete: get it again.`;
  return new ConnectorError("source_truncated", text, { details: { file: name } });
}

function groupsOf({ row_groups, num_rows }: FileMetaData, name: string): ParquetGroup[] {
  let firstRow = 0;
  const groups = row_groups.map((group) => {
    const spans = group.columns.map(({ meta_data: column, file_path }) => {
      if (column === undefined || file_path)
        throw damaged(name, "its columns are in other files, which is not supported");
      const first = Number(column.dictionary_page_offset ?? column.data_page_offset);
      // Some writers count the dictionary from 0, which is never a place of data.
      const start = Math.min(first > 0 ? first : Number(column.data_page_offset), Number(column.data_page_offset));
      return { start, end: start + Number(column.total_compressed_size) };
    });
    const rows = Number(group.num_rows);
    const start = Math.min(...spans.map((span) => span.start));
    const found = {
      firstRow,
      rows,
      start,
      end: Math.max(...spans.map((span) => span.end)),
      bytes: Number(group.total_byte_size),
    };
    firstRow += rows;
    return found;
  });
  if (firstRow !== Number(num_rows))
    throw damaged(name, `its footer speaks of ${num_rows} rows and of groups with ${firstRow}`);
  const disordered = groups.some(({ start, end }, index) => end < start || start < (groups[index - 1]?.end ?? 0));
  if (disordered) throw damaged(name, "its row groups do not lie one behind the other");
  return groups.filter(({ rows }) => rows > 0);
}

/** Meanings that the library would round or guess are taken off: such values come as they are stored. */
function asStored(element: SchemaElement): SchemaElement {
  const name = element.logical_type?.type ?? element.converted_type;
  if (name === undefined || element.num_children !== undefined || !TAKEN_OFF.has(name)) return element;
  const { converted_type: _, logical_type: __, ...bare } = element;
  return TEXTS.has(name) ? { ...bare, converted_type: "UTF8" } : bare;
}

const TEXTS: ReadonlySet<string> = new Set(["ENUM", "JSON"]);
const TAKEN_OFF: ReadonlySet<string> = new Set([
  ...TEXTS,
  ...["DECIMAL", "DATE", "TIMESTAMP", "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UUID", "INTERVAL", "BSON"],
  ...["GEOMETRY", "GEOGRAPHY", "NULL"],
]);

const PARSERS = {
  /** Of INT96 only. */
  timestampFromNanoseconds: (nanos: bigint) => nanos,
  stringFromBytes(bytes: Uint8Array | undefined) {
    if (bytes === undefined) return undefined;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = buffer.toString("utf8");
    if (text.includes("\uFFFD") && !buffer.equals(Buffer.from(text, "utf8"))) throw new Error("a text is not UTF-8");
    return text;
  },
};

/** Node's own where it has them. */
const CODECS: Compressors = {
  ...written,
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
};

/** A page or dictionary of nulls alone unpacks to nothing, and how nothing is packed is not what every codec reads. */
const COMPRESSORS: Compressors = Object.fromEntries(
  Object.entries(CODECS).map(([name, unpack]) => [
    name,
    (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array() : unpack(input, length)),
  ]),
);

function sliceOf(bytes: Buffer, start: number, end: number): ArrayBuffer {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy.buffer;
}

function damaged(name: string, what: string, cause?: unknown): ConnectorError {
  const text = `reading ${name}: ${what}. Get the file again, or correct the options \`path\` and \`format\`.`;
  return new ConnectorError("source_format", text, { cause, details: { file: name } });
}
