/** How a text is written. Parquet is none. */
export type TextFormat = "csv" | "tsv" | "ndjson" | "json";
export type FormatName = TextFormat | "parquet";

/** What the user said about the files; what is left out is detected. */
export interface FormatSettings {
  format?: FormatName | undefined;
  /** A label that TextDecoder knows. */
  encoding?: string | undefined;
  /** True: the first row holds names. False: there are none. A list: there are none in the file, these are they. */
  header?: boolean | readonly string[] | undefined;
  delimiter?: string | undefined;
  /** Empty: nothing is quoted. */
  quote?: string | undefined;
  null_values?: readonly string[] | undefined;
  on_ragged?: "reject" | "fill" | undefined;
  /** JSON pointer to the list of records; "" is the whole document. */
  records?: string | undefined;
}

/**
 * What was found out about a file. It is kept with the cursor, because the file may look different once it has grown,
 * and what was begun in one reading must go on in the same.
 */
export type Dialect = TextDialect | ParquetDialect;
export type TextDialect = CsvDialect | NdjsonDialect | JsonDialect;

export type CsvDialect = {
  format: "csv";
  delimiter: string;
  newline: "\n" | "\r";
  /** The first row holds names. */
  header: boolean;
};

export type NdjsonDialect = { format: "ndjson" };

export type ParquetDialect = { format: "parquet" };

export type JsonDialect = {
  format: "json";
  /** JSON pointer to the list of records. */
  records: string;
};
