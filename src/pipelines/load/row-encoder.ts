import type { RecordBatch, Reject, RowBatch, SlicedBatch, TableBatch } from "../../connector/define-connector.ts";
import { lookInto, rowBatchAt } from "../../connector/sliced-batch.ts";
import { SluiceError } from "../../core/errors.ts";
import { type CellEncoder, COPY_NULL, escapeCopyText, valueText } from "../../databases/postgres/cell-encoder.ts";
import { plainType } from "../../databases/postgres/column-types.ts";
import type { CopyFormat } from "../../databases/postgres/copy.ts";
import { isTooDeep, MAX_JSON_DEPTH } from "../../databases/postgres/json-cell.ts";
import { RUN_ID } from "../../databases/postgres/names.ts";
import { rowCount } from "./inference.ts";
import type { LoadTarget } from "./load-target.ts";
import type { DriftPolicy } from "./plan.ts";
import { inSourceOrder, rejectOf } from "./reject.ts";
import { type Field, fieldsOf, isUntyped } from "./row-field.ts";
import { SlicedLines } from "./sliced-lines.ts";
import type { Column, TableSchema } from "./table-schema.ts";
import { mendText, suspicious, textProblem } from "./text-problem.ts";
import { kindOfValue } from "./value-kind.ts";

export interface EncodedBatch {
  /** Rows of COPY for `columns`. */
  copy: Buffer;
  /** Text unless given. */
  format?: CopyFormat;
  /** To be called once the bytes are gone. */
  release?: () => void;
  columns: readonly string[];
  rows: number;
  rejects: Reject[];
  /** Rows of other tables that belong to these. */
  children?: ReadonlyMap<LoadTarget, EncodedBatch>;
}

export interface EncodingRules {
  drift: DriftPolicy;
  nul: "reject" | "replace";
  /** For messages: `shop.orders`. */
  table: string;
}

/** What rows are merged by, in words. */
const RULINGS = { key: "key", version: "version", mark: "mark of deletion" };

const NO_VALUES = "the row has no values";

/** Says why a row cannot be stored; caught by the pass, never seen outside. */
class RowRefused {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Turns batches into COPY text and widens the schema by the values that do not fit. A batch that changes the schema is
 * encoded again from its start, so that all of its lines have the same columns.
 */
export class RowEncoder {
  /** Fields that the drift policy keeps out of the table, with how many values of the batches that were taken. */
  readonly dropped = new Map<string, number>();
  /** The same of the last batch, as a batch may be encoded several times. */
  readonly #dropping = new Map<string, number>();
  /** Rows of the last batch were refused for a value that its column cannot hold. */
  #hasMisfits = false;
  readonly #schema: TableSchema;
  readonly #rules: EncodingRules;
  /**
   * Rows of the batch that came before there was any column: they are refused, even if a later row of the same batch
   * brings one, as they would be had the batch been cut between them.
   */
  #emptyRows = 0;
  /** What each line begins with. */
  #lead = "";
  readonly #slicedLines = new SlicedLines();

  constructor(schema: TableSchema, rules: EncodingRules) {
    this.#schema = schema;
    this.#rules = rules;
  }

  /**
   * With `runId` every row says which run loads it, before its own values. The batch may be encoded again: its memory is for
   * the caller to give back.
   */
  encode(given: RowBatch | SlicedBatch, runId?: string): EncodedBatch {
    this.#emptyRows = 0;
    this.#lead = runId === undefined ? "" : `${runId}\t`;
    const batch = this.#mustBeCareful ? lookInto(given) : given;
    for (;;) {
      const version = this.#schema.version;
      const encoded = this.#pass(batch);
      if (this.#schema.version === version) return encoded;
    }
  }

  /** The drift policy has kept something of the last batch out. */
  get keepsOut(): boolean {
    return this.#dropping.size > 0 || this.#hasMisfits;
  }

  /** What the last batch came to counts. */
  take(): void {
    for (const [key, count] of this.#dropping) this.dropped.set(key, (this.dropped.get(key) ?? 0) + count);
    this.forget();
  }

  /** What the last batch came to does not count: it is encoded again. */
  forget(): void {
    this.#dropping.clear();
    this.#hasMisfits = false;
  }

  #pass(batch: RowBatch | SlicedBatch): EncodedBatch {
    this.forget();
    const rejects: Reject[] = [];
    const lines = "sliced" in batch ? this.#slicedBytes(batch, rejects) : this.#lineBytes(batch, rejects);
    const names = this.#schema.columns.map((column) => column.name);
    const columns = this.#lead === "" ? names : [RUN_ID, ...names];
    const rows = rowCount(batch) - rejects.length;
    return { ...lines, columns, rows, rejects: inSourceOrder(batch.rejects, rejects) };
  }

  #slicedBytes(batch: SlicedBatch, rejects: Reject[]): Pick<EncodedBatch, "copy" | "release"> {
    const otherwise = (index: number) => {
      const line = this.#otherLine(rowBatchAt(batch, index), rejects);
      const last = rejects.at(-1);
      if (line === "" && last !== undefined) last.before = index;
      return line;
    };
    return this.#slicedLines.encode(batch.sliced, this.#schema.columns, { lead: this.#lead, otherwise });
  }

  /** Of a single row that is not plainly one of the table; one of a record may just have its fields in another order. */
  #otherLine(single: RowBatch, rejects: Reject[]): string {
    const [record] = "rows" in single ? single.rows : [];
    const line = record && plainRecordLine(record, this.#schema.columns, this.#lead);
    return line !== undefined && !suspicious(line) ? line : this.#carefully(single, 0, rejects);
  }

  #lineBytes(batch: RowBatch, rejects: Reject[]): Pick<EncodedBatch, "copy"> {
    const lines = "rows" in batch ? this.#recordLines(batch, rejects) : this.#tableLines(batch, rejects);
    return { copy: Buffer.from(lines, "utf8") };
  }

  #recordLines(batch: RecordBatch, rejects: Reject[]): string {
    const { rows } = batch;
    const columns = this.#schema.columns;
    if (this.#mustBeCareful) return this.#carefulLines(batch, rejects);
    let out = "";
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Readonly<Record<string, unknown>>;
      const line = i < this.#emptyRows ? undefined : plainRecordLine(row, columns, this.#lead);
      out += line ?? this.#carefully(batch, i, rejects);
    }
    return suspicious(out) ? this.#carefulLines(batch, rejects) : out;
  }

  #tableLines(batch: TableBatch, rejects: Reject[]): string {
    const layout = this.#layout(batch);
    if (this.#mustBeCareful) return this.#carefulLines(batch, rejects);
    let out = "";
    for (let i = 0; i < batch.values.length; i++) {
      const row = batch.values[i] as readonly unknown[];
      const line = i < this.#emptyRows ? undefined : plainTableLine(row, layout, this.#lead);
      out += line ?? this.#carefully(batch, i, rejects);
    }
    return suspicious(out) ? this.#carefulLines(batch, rejects) : out;
  }

  /** Without columns, or without one of the key's, no row can go the fast way. */
  get #mustBeCareful(): boolean {
    return this.#schema.columns.length === 0 || this.#schema.missingKey !== undefined;
  }

  #layout(batch: TableBatch): TableLayout {
    const positions = new Map(batch.columns.map((key, index) => [key, index]));
    const open = batch.columns.flatMap((key, index) => (this.#schema.column(key) === undefined ? [index] : []));
    const columns = this.#schema.columns;
    const at = columns.map((column) => (column.variant ? -1 : (positions.get(column.key) ?? -1)));
    const encoders = columns.map((column, c) => (isUntyped(batch, at[c] as number) ? column.untyped : column.typed));
    return { columns, at, encoders, open };
  }

  /** All lines again, each value looked at: the batch holds text that Postgres cannot store. */
  #carefulLines(batch: RowBatch, rejects: Reject[]): string {
    this.forget();
    rejects.length = 0;
    const total = "rows" in batch ? batch.rows.length : batch.values.length;
    let out = "";
    for (let i = 0; i < total; i++) out += this.#carefully(batch, i, rejects);
    return out;
  }

  #carefully(batch: RowBatch, index: number, rejects: Reject[]): string {
    try {
      const line = this.#carefulLine(fieldsOf(batch, index));
      if (index < this.#emptyRows) throw new RowRefused(NO_VALUES);
      return line;
    } catch (refused) {
      if (!(refused instanceof RowRefused)) throw refused;
      if (this.#schema.columns.length === 0) this.#emptyRows = index + 1;
      rejects.push(rejectOf(batch, index, refused.reason));
      return "";
    }
  }

  #carefulLine(fields: readonly Field[]): string {
    const cells = new Map<Column, string>();
    // All are looked at before any is placed: a row that is refused must leave no trace in the schema.
    this.#assertStorable(fields);
    const storable = fields.map((field) => ({ ...field, value: this.#mended(field.value) }));
    for (const field of this.#inOrder(storable)) this.#place(field, cells);
    const { columns, missingKey } = this.#schema;
    if (missingKey !== undefined) throw new RowRefused(`the key ${missingKey} is missing or null`);
    if (columns.length === 0) throw new RowRefused(NO_VALUES);
    const missing = columns.find((column) => column.required && !cells.has(column));
    if (missing !== undefined) throw new RowRefused(`the key ${missing.name} is missing or null`);
    return `${this.#lead}${columns.map((column) => cells.get(column) ?? COPY_NULL).join("\t")}\n`;
  }

  /** The fields with a value, by name, as their order in a batch is its own; those that make new columns last. */
  #inOrder(fields: readonly Field[]): Field[] {
    const present = fields.filter(({ value }) => value !== null && value !== undefined);
    const sorted = present.sort((a, b) => (a.key < b.key ? -1 : 1));
    const isNew = ({ key }: Field) => this.#schema.column(key) === undefined;
    return [...sorted.filter((field) => !isNew(field)), ...sorted.filter(isNew)];
  }

  /** Of several reasons the one of the first field by name is told: their order in a batch is its own. */
  #assertStorable(fields: readonly Field[]): void {
    const refusals = fields.flatMap(({ key, value }) => {
      const reason = refusalOf(key, value, this.#rules.nul);
      return reason === undefined ? [] : [{ key, reason }];
    });
    const [first] = refusals.sort((a, b) => (a.key < b.key ? -1 : 1));
    if (first !== undefined) throw new RowRefused(first.reason);
  }

  #mended(value: unknown): unknown {
    return this.#rules.nul === "replace" && textProblem(value) !== undefined ? mendText(value) : value;
  }

  /** Puts a value into its column, or makes room for it as the drift policy allows. */
  #place(field: Field, cells: Map<Column, string>): void {
    const { key, value, untyped } = field;
    const column = this.#schema.column(key) ?? this.#schema.claim(key) ?? this.#newColumn(field);
    if (column === undefined) return;
    const cell = untyped ? column.untyped(value) : column.typed(value);
    if (cell === undefined) this.#misfit(column, field, cells);
    else cells.set(column, cell);
  }

  #newColumn({ key, value, untyped }: Field): Column | undefined {
    const unwritable = this.#schema.unwritable(key);
    if (unwritable !== undefined) throw unwritableColumn(this.#rules.table, unwritable);
    if (this.#rules.drift === "freeze") throw frozen(this.#rules.table, `the new column ${key}`);
    if (this.#rules.drift !== "evolve") {
      this.#dropping.set(key, (this.#dropping.get(key) ?? 0) + 1);
      return undefined;
    }
    return this.#schema.add(key, plainType(kindOfValue(value, untyped)));
  }

  /** A value that its column cannot hold: widen the column, or keep the value beside it as text. */
  #misfit(column: Column, { value, untyped }: Field, cells: Map<Column, string>): void {
    const variant = this.#schema.variantOf(column.key);
    if (this.#rules.drift === "freeze")
      throw frozen(this.#rules.table, `values of ${column.key} that are not ${column.type.sql}`);
    if (this.#rules.drift !== "evolve") {
      this.#hasMisfits = true;
      throw new RowRefused(`a value of ${column.key} is not ${column.type.sql}`);
    }
    if (variant === undefined && this.#schema.widen(column, kindOfValue(value, untyped))) {
      cells.set(column, COPY_NULL);
      return;
    }
    const ruling = column.required ? "key" : this.#schema.rulingOf(column);
    if (ruling !== undefined) throw new RowRefused(`the ${RULINGS[ruling]} ${column.key} is not ${column.type.sql}`);
    cells.set(variant ?? this.#schema.addVariant(column.key), escapeCopyText(valueText(value)));
  }
}

/** Why a row is refused for what it has in a field, whatever the columns are; undefined when it need not be. */
export function refusalOf(key: string, value: unknown, nul: EncodingRules["nul"]): string | undefined {
  if (isTooDeep(value)) return `${key} is nested more than ${MAX_JSON_DEPTH} levels deep`;
  const problem = nul === "replace" ? undefined : textProblem(value);
  if (problem === undefined) return undefined;
  return `${key} holds ${problem}, which Postgres cannot store; \`nul: "replace"\` would keep the row`;
}

interface TableLayout {
  columns: readonly Column[];
  /** For each column the index of its value in a row, or -1. */
  at: readonly number[];
  encoders: readonly CellEncoder[];
  /** Indexes of values that have no column yet. */
  open: readonly number[];
}

/** The line of a row whose values all fit where they belong; undefined when anything needs a closer look. */
function plainRecordLine(
  row: Readonly<Record<string, unknown>>,
  columns: readonly Column[],
  lead: string,
): string | undefined {
  let line = lead;
  let present = 0;
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c] as Column;
    let cell: string | undefined = COPY_NULL;
    if (!column.variant) {
      const value = column.guarded && !Object.hasOwn(row, column.key) ? undefined : row[column.key];
      if (value !== undefined) present++;
      if (value !== undefined && value !== null) cell = column.typed(value);
      else if (column.required) return undefined;
      if (cell === undefined) return undefined;
    }
    line += c === 0 ? cell : `\t${cell}`;
  }
  return Object.keys(row).length === present ? `${line}\n` : undefined;
}

function plainTableLine(row: readonly unknown[], layout: TableLayout, lead: string): string | undefined {
  const { columns, at, encoders, open } = layout;
  let line = lead;
  for (let c = 0; c < columns.length; c++) {
    const index = at[c] as number;
    const value = index === -1 ? null : row[index];
    let cell: string | undefined = COPY_NULL;
    if (value !== null && value !== undefined) cell = (encoders[c] as CellEncoder)(value);
    else if ((columns[c] as Column).required) return undefined;
    if (cell === undefined) return undefined;
    line += c === 0 ? cell : `\t${cell}`;
  }
  for (const index of open) if (row[index] !== null && row[index] !== undefined) return undefined;
  return `${line}\n`;
}

function frozen(table: string, what: string): SluiceError {
  return new SluiceError(
    "schema_frozen",
    `loading ${table}: the source has ${what}, and the drift policy is "freeze". ` +
      "Change the table yourself, or set drift to evolve, warn or discard.",
  );
}

function unwritableColumn(table: string, column: string): SluiceError {
  return new SluiceError(
    "schema_unsupported",
    `loading ${table}: the column ${column} has a type, or a generated value, that rows cannot be written into. ` +
      "Leave the field out at the source, or change the column.",
  );
}
