import {
  type CellEncoder,
  sameTypeEncoder,
  typedEncoder,
  untypedEncoder,
} from "../../databases/postgres/cell-encoder.ts";
import {
  type ColumnType,
  hasLimits,
  isWider,
  plainType,
  sourceType,
  type TypeKind,
} from "../../databases/postgres/column-types.ts";
import { fitIdentifier } from "../../databases/postgres/identifiers.ts";
import { freeName, normaliseName, SERVER_COLUMNS, SYSTEM_COLUMNS } from "../../databases/postgres/names.ts";
import { STAGING_SEQUENCE } from "../../databases/postgres/table.ts";
import { growsInto } from "../../databases/postgres/type-growth.ts";
import { joinKinds, widenedKind } from "./value-kind.ts";

/** A column of the target table that rows are written into. */
export interface Column {
  /** The source's own field name. */
  readonly key: string;
  readonly name: string;
  type: ColumnType;
  /** The field is read from elsewhere: this column keeps the values of `key` that did not fit its own column. */
  readonly variant: boolean;
  /** Only of staging tables: rows find each other by it there. */
  readonly passing: boolean;
  /** A key of `merge`: its value may be neither missing nor put elsewhere. */
  required: boolean;
  /** `key` is also on Object.prototype, so that a plain look-up would find something in every row. */
  readonly guarded: boolean;
  typed: CellEncoder;
  untyped: CellEncoder;
}

/** Fields that say which of two rows with the same key counts. */
export interface Rulings {
  /** The greater is the newer. */
  version?: string | undefined;
  /** The row is deleted. */
  mark?: string | undefined;
}

/** How a column is kept in `_sluice.tables`. */
export interface StoredColumn {
  key: string;
  name: string;
  type: string;
  variant?: boolean;
}

export type PendingChange =
  | { change: "add"; column: Column; from: null; to: string }
  | { change: "widen"; column: Column; from: string; to: string };

const VARIANT_SUFFIX = "__text";

/**
 * The columns of one target table and the source fields they come from. It only grows: columns are added and widened
 * by the values that arrive. What changed since the last `takeChanges` must be done to the table before rows are sent.
 */
export class TableSchema {
  readonly columns: Column[] = [];
  /** Grows with every change, so that an encoder can tell that what it made is out of date. */
  version = 0;
  readonly #byKey = new Map<string, Column>();
  readonly #variants = new Map<string, Column>();
  readonly #required = new Set<string>();
  #rulings: Rulings = {};
  readonly #names = new Set<string>([...SYSTEM_COLUMNS, ...SERVER_COLUMNS, STAGING_SEQUENCE]);
  /** Columns that the table has but no field has claimed. */
  readonly #unclaimed = new Map<string, ColumnType | undefined>();
  #changes: PendingChange[] = [];

  /**
   * Names fields, by their own name or their column's, that rows are merged by: keys, which every row must have a value
   * for, and those that say which row counts.
   */
  require(keys: readonly string[], rulings: Rulings = {}): void {
    this.#rulings = rulings;
    for (const key of keys) this.#required.add(key);
    for (const column of this.columns) column.required = this.#isRequired(column.key, column.name);
  }

  /** What a column decides when rows are merged, if anything: a value that it cannot hold must not be put elsewhere. */
  rulingOf(column: Column): keyof Rulings | undefined {
    const { version, mark } = this.#rulings;
    if (version !== undefined && this.keyColumn(version) === column) return "version";
    return mark !== undefined && this.keyColumn(mark) === column ? "mark" : undefined;
  }

  /** A required field that has no column yet: no row can be stored before one brings a value for it. */
  get missingKey(): string | undefined {
    return [...this.#required].find((key) => this.keyColumn(key) === undefined);
  }

  /** The column that a key of the connection means: by the field's name or the column's own. */
  keyColumn(key: string): Column | undefined {
    return this.#byKey.get(key) ?? this.columns.find((column) => column.name === key && !column.variant);
  }

  /** Takes over what `_sluice.tables` recorded. */
  restore(stored: readonly StoredColumn[]): void {
    for (const { key, name, type, variant } of stored)
      this.#put(key, name, sourceType(type), { variant: variant === true });
  }

  /** Learns of a column that the table has; `type` undefined when rows cannot be written into it. */
  existing(name: string, type: ColumnType | undefined): void {
    const column = this.columns.find((candidate) => candidate.name === name);
    if (column === undefined) this.#unclaimed.set(name, type);
    else if (type !== undefined) setType(column, type);
    this.#names.add(name);
  }

  /** The same of one that may have been made or changed since; false when that is no news. */
  learn(name: string, type: ColumnType | undefined): boolean {
    const column = this.columns.find((candidate) => candidate.name === name);
    const isKnown = column !== undefined || this.#unclaimed.has(name);
    const before = column === undefined ? this.#unclaimed.get(name) : column.type;
    if (isKnown && before?.sql === type?.sql) return false;
    this.existing(name, type);
    if (column !== undefined) this.version += 1;
    return true;
  }

  column(key: string): Column | undefined {
    return this.#byKey.get(key);
  }

  variantOf(key: string): Column | undefined {
    return this.#variants.get(key);
  }

  /**
   * The column of a field that has none yet: one of the table's own that bears its name, else undefined.
   * An own column of a type that cannot be written stays out of reach.
   */
  claim(key: string): Column | undefined {
    return this.#claim(key, (type) => type.kind !== "other");
  }

  /**
   * The column of a field whose source has types of its own. It is added if there is none and `mayAdd` says so, and
   * widened to the source's type where stored values stay as they are. Undefined when the field has to stay out.
   */
  declare(
    key: string,
    type: ColumnType,
    mayAdd: boolean,
    nameOf: (key: string) => string = (same) => same,
  ): Column | undefined {
    const present = this.#byKey.get(key) ?? this.#claim(key, ({ sql, kind }) => kind !== "other" || sql === type.sql);
    if (present === undefined && (!mayAdd || this.unwritable(key) !== undefined)) return undefined;
    const column = present ?? this.#added(key, this.#freeName(nameOf(key)), type, false);
    if (mayAdd && (isWider(column.type, type) || growsInto(column.type, type))) this.#widenTo(column, type);
    if (column.type.sql === type.sql) column.untyped = sameTypeEncoder;
    return column;
  }

  #claim(key: string, isWritable: (type: ColumnType) => boolean): Column | undefined {
    for (const name of [key, normaliseName(key)]) {
      const type = this.#unclaimed.get(name);
      if (type === undefined || !isWritable(type)) continue;
      this.#unclaimed.delete(name);
      this.version += 1;
      return this.#put(key, name, type);
    }
    return undefined;
  }

  /** The name of a column of the table that the field would be written into if its type allowed. */
  unwritable(key: string): string | undefined {
    const isClosed = (type: ColumnType | undefined) => type === undefined || type.kind === "other";
    return [key, normaliseName(key)].find((name) => this.#unclaimed.has(name) && isClosed(this.#unclaimed.get(name)));
  }

  add(key: string, type: ColumnType): Column {
    return this.#added(key, this.#freeName(normaliseName(key)), type, false);
  }

  addVariant(key: string): Column {
    const base = this.#byKey.get(key)?.name ?? normaliseName(key);
    return this.#added(key, this.#freeName(fitIdentifier(base, VARIANT_SUFFIX)), plainType("text"), true);
  }

  /** Widens the column so that a value of `kind` fits; false when its stored values would not stay as they are. */
  widen(column: Column, kind: TypeKind): boolean {
    const wider = unlimitedKind(column.type, kind) ?? widenedKind(column.type.kind, kind);
    if (wider === undefined) return false;
    // As text, versions would be in another order than before: 10 comes before 9.
    if (wider === "text" && column.type.kind !== "text" && this.rulingOf(column) === "version") return false;
    this.#widenTo(column, plainType(wider));
    return true;
  }

  /** A column of staging tables that no other table gets. */
  passing(key: string, type: ColumnType): Column {
    const present = this.#byKey.get(key);
    if (present !== undefined) return present;
    this.version += 1;
    return this.#put(key, this.#freeName(key), type, { passing: true });
  }

  takeChanges(): PendingChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  get hasChanges(): boolean {
    return this.#changes.length > 0;
  }

  store(): StoredColumn[] {
    return this.columns
      .filter(({ passing }) => !passing)
      .map(({ key, name, type, variant }) => ({ key, name, type: type.sql, ...(variant ? { variant: true } : {}) }));
  }

  #freeName(name: string): string {
    return freeName(name, (candidate) => this.#names.has(candidate));
  }

  #widenTo(column: Column, type: ColumnType): void {
    const from = column.type.sql;
    setType(column, type);
    this.version += 1;
    this.#changes.push({ change: "widen", column, from, to: type.sql });
  }

  #isRequired(key: string, name: string): boolean {
    return this.#required.has(key) || this.#required.has(name);
  }

  #added(key: string, name: string, type: ColumnType, variant: boolean): Column {
    const column = this.#put(key, name, type, { variant });
    this.version += 1;
    this.#changes.push({ change: "add", column, from: null, to: type.sql });
    return column;
  }

  #put(key: string, name: string, type: ColumnType, special: { variant?: boolean; passing?: boolean } = {}): Column {
    const { variant = false, passing = false } = special;
    const guarded = key in Object.prototype;
    const required = !variant && this.#isRequired(key, name);
    const encoders = { typed: typedEncoder(type), untyped: untypedEncoder(type) };
    const column: Column = { key, name, type, variant, passing, required, guarded, ...encoders };
    this.columns.push(column);
    this.#names.add(name);
    (variant ? this.#variants : this.#byKey).set(key, column);
    return column;
  }
}

/** The column's own kind, when it is only the type's length or precision that keeps the value out. */
function unlimitedKind(type: ColumnType, value: TypeKind): TypeKind | undefined {
  if (!hasLimits(type)) return undefined;
  return type.kind === "text" || joinKinds(type.kind, value) === type.kind ? type.kind : undefined;
}

function setType(column: Column, type: ColumnType): void {
  column.type = type;
  column.typed = typedEncoder(type);
  column.untyped = untypedEncoder(type);
}
