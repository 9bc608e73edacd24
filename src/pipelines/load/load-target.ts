import type pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import { sourceType } from "../../databases/postgres/column-types.ts";
import { FOLD_COLUMNS } from "../../databases/postgres/fold-marks.ts";
import { beginHistory, indexCurrentRows } from "../../databases/postgres/history-table.ts";
import { quoteIdentifier, quoteLiteral, quoteTable } from "../../databases/postgres/identifiers.ts";
import { deferrableKey, describeTable, type TableDescription } from "../../databases/postgres/introspect.ts";
import { DEFAULT_LOCK_PATIENCE_MS, lockTable } from "../../databases/postgres/lock-table.ts";
import type { Merge } from "../../databases/postgres/merge.ts";
import {
  LOADED_AT,
  normaliseName,
  RUN_ID,
  SYSTEM_COLUMNS,
  VALID_FROM,
  VALID_TO,
} from "../../databases/postgres/names.ts";
import {
  readStoredTables,
  type StoredChild,
  type StoredTable,
  storeTable,
} from "../../databases/postgres/schema-store.ts";
import { ensureNamespace } from "../../databases/postgres/system-schema.ts";
import { addPrimaryKey, createTable, fitSql, settleDefaults, type TableShape } from "../../databases/postgres/table.ts";
import { assertRoom } from "./column-room.ts";
import type { StreamPlan } from "./plan.ts";
import { type Column, type StoredColumn, TableSchema } from "./table-schema.ts";

/** Tells the locks of tables from other advisory locks. */
const TABLE_LOCK = 20261120;

export interface LoadIdentity {
  connection_id: string;
  run_id: string;
}

/** The table that a stream is loaded into, and what is known of its columns. */
export class LoadTarget {
  readonly namespace: string;
  readonly table: string;
  /** For people: `shop.orders`. */
  readonly label: string;
  readonly quoted: string;
  readonly plan: StreamPlan;
  readonly identity: LoadIdentity & { stream: string };
  schema = new TableSchema();
  /** As it was when last looked at; undefined when there is none. */
  existing: TableDescription | undefined;
  /** The destination has recorded that this stream made its table. */
  recorded = false;
  /** The destination has recorded a table of this stream: this one, or another if its name or namespace was changed. */
  loadedBefore = false;
  /** Tables of lists in this table's rows that the destination has recorded. */
  storedChildren: StoredChild<StoredColumn>[] = [];
  /** The planner's statistics are those of the rows that this load has brought. */
  analysed = false;
  /** Several connections write into the table, so that all of them must see it. */
  isShared = false;
  /** The open transaction has made the table, with this run as its rows' default. */
  #isUnsettled = false;
  #storedColumns: string[] = [];

  constructor(plan: StreamPlan, identity: LoadIdentity) {
    this.plan = plan;
    this.namespace = plan.namespace;
    this.table = plan.table ?? normaliseName(plan.stream);
    this.label = `${this.namespace}.${this.table}`;
    this.quoted = quoteTable(this.namespace, this.table);
    this.identity = { ...identity, stream: plan.stream };
  }

  /** Finds out what is there. With `fresh` the columns of earlier loads are forgotten. */
  async open(client: pg.Client, fresh: boolean): Promise<void> {
    await ensureNamespace(client, this.namespace, quoteIdentifier(this.namespace));
    const { own, children } = await readStoredTables<StoredColumn>(client, this.identity);
    this.storedChildren = children;
    await this.restore(client, own, fresh);
  }

  /** The same for what is recorded of the table. */
  async restore(client: pg.Client, stored: StoredTable<StoredColumn> | undefined, fresh: boolean): Promise<void> {
    await this.look(client);
    this.loadedBefore = stored !== undefined;
    this.recorded = stored !== undefined && stored.table === this.table && stored.namespace === this.namespace;
    if (this.recorded) this.#storedColumns = (stored?.columns ?? []).map(({ name }) => name);
    if (this.existing === undefined || fresh) return;
    const names = new Set(this.existing.columns.map((column) => column.name));
    if (this.recorded) this.schema.restore((stored?.columns ?? []).filter((column) => names.has(column.name)));
    this.adopt(this.existing);
  }

  /** Learns the columns of a table that is there. */
  adopt(existing: TableDescription): void {
    this.existing = existing;
    for (const { name, type, writable } of existing.columns) {
      if (!SYSTEM_COLUMNS.includes(name)) this.schema.existing(name, writable ? sourceType(type) : undefined);
    }
  }

  /** Learns the columns that others have made or widened since it was last looked at; false when there are none. */
  async learn(client: pg.Client): Promise<boolean> {
    const { columns = [] } = (await describeTable(client, this.namespace, this.table)) ?? {};
    const news = columns.filter(
      ({ name, type, writable }) =>
        !SYSTEM_COLUMNS.includes(name) && this.schema.learn(name, writable ? sourceType(type) : undefined),
    );
    return news.length > 0;
  }

  async look(client: pg.Client): Promise<void> {
    this.existing = await describeTable(client, this.namespace, this.table);
    const kind = this.existing?.kind;
    const hasHistory = this.existing?.columns.some(({ name }) => name === VALID_TO) === true;
    if (hasHistory && !this.#keepsHistory) throw historyKept(this.label);
    if (kind === undefined || kind === "r" || kind === "p") return;
    throw new SluiceError(
      "schema_unsupported",
      `loading ${this.label}: that is not a table but a view or a foreign table. Choose another name with the stream's \`table\`.`,
    );
  }

  get shape(): TableShape {
    const { columns, plan, quoted, table } = this;
    const special = { history: this.#keepsHistory, primaryKey: this.#uniqueColumns, inOrderOf: this.existing };
    return { quoted, name: table, columns, metadata: plan.metadata, ...special };
  }

  get columns(): { name: string; type: string }[] {
    return shapesOf(this.schema.columns.filter(({ passing }) => !passing));
  }

  /** Those that only staging tables have. */
  get passingColumns(): { name: string; type: string }[] {
    const ofRows = shapesOf(this.schema.columns.filter(({ passing }) => passing));
    return this.#keepsMarked ? [...ofRows, ...FOLD_COLUMNS] : ofRows;
  }

  /** Rows that are marked as deleted stay in the table. */
  get #keepsMarked(): boolean {
    const { mode, deleted_field, deletes } = this.plan;
    return mode === "merge" && deleted_field !== undefined && deletes === "soft" && !this.#keepsHistory;
  }

  /** What `merge` goes by, of rows that are staged with these columns. */
  readonly merging = (staged: readonly string[]): Omit<Merge, "from" | "to"> => {
    const { version_field, deleted_field, deletes = "hard" } = this.plan;
    const columns = this.columns.filter(({ name }) => staged.includes(name));
    const named = (field: string | undefined) =>
      columns.find(({ name }) => field !== undefined && name === this.schema.keyColumn(field)?.name);
    const [version, mark] = [named(version_field), named(deleted_field)];
    if (version_field !== undefined && version === undefined) throw versionMissing(this.label, version_field);
    return {
      ...{ columns, key: this.keyColumns },
      ...(this.runId === undefined ? {} : { runId: this.runId }),
      ...(version === undefined ? {} : { version: version.name }),
      ...(mark === undefined ? {} : { tombstone: { column: mark, deletes } }),
      ...(this.schema.columns.some(({ passing }) => passing) ? { hasLists: true } : {}),
    };
  };

  /** What rows are to say loaded them, where they say it. */
  get runId(): string | undefined {
    return this.plan.metadata ? this.identity.run_id : undefined;
  }

  /** The same where rows that are copied into the table must bring it along: not while it is a constant default. */
  get copiedRunId(): string | undefined {
    return this.existing === undefined || this.#isUnsettled || !this.#hasRunId ? undefined : this.runId;
  }

  /** The same for rows whose first and last are sent alike, before and after the table has settled. */
  get lastingRunId(): string | undefined {
    return this.existing === undefined || this.#hasRunId ? this.runId : undefined;
  }

  get #hasRunId(): boolean {
    return this.existing?.columns.some(({ name, type }) => name === RUN_ID && type === "uuid") === true;
  }

  get #keepsHistory(): boolean {
    return this.plan.mode === "merge" && this.plan.keep_history === true;
  }

  /** What no two rows of the table have in common. */
  get #uniqueColumns(): string[] {
    return this.#keepsHistory ? [...this.keyColumns, VALID_FROM] : this.keyColumns;
  }

  /** The columns that tell the rows of a `merge` apart; none in the other modes. */
  get keyColumns(): string[] {
    if (this.plan.mode !== "merge") return [];
    return this.plan.primary_key.map((key) => this.schema.keyColumn(key)?.name ?? normaliseName(key));
  }

  /** Throws schema_unsupported when there are more columns than a table can have. */
  assertRoom(): void {
    assertRoom(this.plan, this.label, this.schema.columns.length);
  }

  /** Makes the table what the schema says and records it. Runs inside the caller's transaction. */
  async prepare(client: pg.Client): Promise<void> {
    await this.takeTurns(client);
    await this.look(client);
    this.assertRoom();
    if (this.#keepsHistory) await this.#makeRoomForHistory(client);
    const fit = this.existing === undefined ? undefined : fitSql(this.shape, this.existing);
    if (this.existing === undefined) await createTable(client, this.shape, this.identity.run_id);
    this.#isUnsettled ||= this.existing === undefined;
    if (this.#keepsHistory && this.existing === undefined) await indexCurrentRows(client, this.quoted, this.keyColumns);
    if (fit !== undefined) {
      await this.lock(client);
      await client.query(fit);
    }
    if (this.existing !== undefined) await this.#ensureIndex(client, this.existing);
    await this.look(client);
    this.#learnTypes();
    await this.record(client);
  }

  /** Before the transaction that made the table ends. */
  async settle(client: pg.Client): Promise<void> {
    if (this.#isUnsettled) await settleDefaults(client, this.shape);
    this.#isUnsettled = false;
  }

  /** Another load may have widened a column in the meantime. */
  #learnTypes(): void {
    const types = new Map(this.existing?.columns.map(({ name, type }) => [name, sourceType(type)]));
    for (const { name, type } of this.schema.columns) {
      const present = types.get(name);
      if (present !== undefined && present.sql !== type.sql) this.schema.existing(name, present);
    }
  }

  /** Loads into the same table change it one after the other. To wait for that is no harm to anybody: there is no limit. */
  async takeTurns(client: pg.Client): Promise<void> {
    const lock = `pg_advisory_xact_lock(hashtextextended(${quoteLiteral(this.label)}, ${TABLE_LOCK}))`;
    await client.query(
      `set local lock_timeout = 0; select ${lock}; set local lock_timeout = ${Math.ceil(this.lockPatience_ms)}`,
    );
  }

  async record(client: pg.Client): Promise<void> {
    const { namespace, table } = this;
    await storeTable(client, this.identity, { namespace, table, columns: this.schema.store() });
    this.recorded = true;
  }

  /** `merge` finds rows by a unique index on exactly the key. */
  async #ensureIndex(client: pg.Client, existing: TableDescription): Promise<void> {
    if (this.#hasKey(existing)) return;
    const late = await deferrableKey(client, existing.oid, this.#uniqueColumns);
    if (late !== undefined) throw deferrable(this.label, late);
    await client.query(
      `create unique index on ${this.quoted} (${this.#uniqueColumns.map(quoteIdentifier).join(", ")})`,
    );
  }

  /** A table that has had one row of each key so far. */
  async #makeRoomForHistory(client: pg.Client): Promise<void> {
    const names = this.existing?.columns.map(({ name }) => name);
    if (this.existing === undefined || names?.includes(VALID_TO)) return;
    await this.lock(client);
    const hasLoadedAt = names?.includes(LOADED_AT) === true;
    const { quoted, keyColumns: key } = this;
    await beginHistory(client, { quoted, oid: this.existing.oid, key, hasLoadedAt });
    await addPrimaryKey(client, this.shape);
    await indexCurrentRows(client, this.quoted, this.keyColumns);
    await this.look(client);
  }

  /** The same of a table that has just been made: by a primary key, unless it was given an index of an earlier one. */
  async ensureKey(client: pg.Client): Promise<void> {
    await this.look(client);
    if (this.existing !== undefined && !this.#hasKey(this.existing)) await addPrimaryKey(client, this.shape);
  }

  #hasKey({ uniqueKeys }: TableDescription): boolean {
    const wanted = [...this.#uniqueColumns].sort().join("\0");
    return wanted === "" || uniqueKeys.some((columns) => [...columns].sort().join("\0") === wanted);
  }

  /** Columns that earlier loads made and this one, which makes them anew, has not. */
  get leftColumns(): string[] {
    const names = new Set(this.columns.map(({ name }) => name));
    return this.#storedColumns.filter((name) => !names.has(name));
  }

  /** How the table is emptied where its rows are exchanged. */
  get emptyBy(): "delete" | "truncate" {
    return this.plan.replace_by === "truncate" ? "truncate" : "delete";
  }

  /** Keeps everybody else out until the transaction ends. */
  async lock(client: pg.Client): Promise<void> {
    await lockTable(client, this.quoted, this.lockPatience_ms);
  }

  get lockPatience_ms(): number {
    return this.plan.lock_timeout_ms ?? DEFAULT_LOCK_PATIENCE_MS;
  }
}

function shapesOf(columns: readonly Column[]): { name: string; type: string }[] {
  return columns.map(({ name, type }) => ({ name, type: type.sql }));
}

/** Without it old rows would win over new ones, and nobody would notice. */
function versionMissing(table: string, field: string): SluiceError {
  const message = `merging into ${table}: none of the rows has a value for ${field}, which is to tell new versions from old ones. Correct the stream's \`version_field\`, or unset it.`;
  return new SluiceError("schema_unsupported", message, { details: { field } });
}

/** The server takes no such constraint for `on conflict`, even if there is an index beside it. */
function deferrable(table: string, constraint: string): SluiceError {
  const message = `merging into ${table}: its constraint ${constraint} on the key is deferrable, by which no rows can be merged. Make it anew without \`deferrable\`, or drop it: Sluice then makes an index of its own.`;
  return new SluiceError("schema_unsupported", message, { details: { constraint } });
}

function historyKept(table: string): SluiceError {
  const message = `loading ${table}: it holds several versions of each row, as \`keep_history\` makes them, and the stream does not keep history any more. Set \`keep_history\`, or choose another \`table\`.`;
  return new SluiceError("schema_unsupported", message);
}
