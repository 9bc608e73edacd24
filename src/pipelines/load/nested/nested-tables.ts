import type { RowBatch } from "../../../connector/define-connector.ts";
import { valueText } from "../../../databases/postgres/cell-encoder.ts";
import { carriedRunId } from "../choose-lane.ts";
import type { InferenceRules } from "../inference.ts";
import { inferColumns } from "../inference.ts";
import type { EncodedTable } from "../later-columns.ts";
import type { LoadTarget } from "../load-target.ts";
import { inSourceOrder, rejectOf } from "../reject.ts";
import type { EncodedBatch, RowEncoder } from "../row-encoder.ts";
import type { PendingChange } from "../table-schema.ts";
import { mendText, textProblem } from "../text-problem.ts";
import { makeRoomForIds } from "./child-table.ts";
import { Documents } from "./documents.ts";
import { isLinkKey } from "./link.ts";
import { problemIn } from "./list-problem.ts";
import { RowIds } from "./row-ids.ts";
import type { TableTree } from "./table-tree.ts";
import { type Owner, Unfolding } from "./unfolding.ts";

/**
 * Turns the rows of a stream into rows of its table and of its lists' tables. A row and all that it holds is taken or
 * refused as one, and what is refused leaves no trace in any table's columns: nothing in a list can refuse a row once
 * its text has been looked at, except where the drift policy keeps columns as they are anyway.
 */
export class NestedTables {
  readonly #root: LoadTarget;
  readonly #encoder: RowEncoder;
  readonly #tree: TableTree;
  readonly #ids: RowIds;

  constructor(root: LoadTarget, encoder: RowEncoder, tree: TableTree) {
    this.#root = root;
    this.#encoder = encoder;
    this.#tree = tree;
    this.#ids = new RowIds(root.plan.mode);
  }

  /** Grows with every change of any table's columns. */
  get version(): number {
    return this.#tree.tables.reduce((sum, { target }) => sum + target.schema.version, this.#root.schema.version);
  }

  /** The lists' tables. */
  get targets(): LoadTarget[] {
    return this.#tree.tables.map(({ target }) => target);
  }

  takeChanges(): { table: string; change: PendingChange }[] {
    return [this.#root, ...this.targets].flatMap(({ schema, label }) =>
      schema
        .takeChanges()
        .filter(({ column }) => !isLinkKey(column.key))
        .map((change) => ({ table: label, change })),
    );
  }

  /** The stream's own and those of lists. */
  get tables(): EncodedTable[] {
    return [{ target: this.#root, encoder: this.#encoder }, ...this.#tree.tables];
  }

  /** The first columns of all tables, from the first rows of the stream and all that they hold. */
  infer(batches: readonly RowBatch[], rules: InferenceRules): void {
    const { limit, mayAdd } = rules;
    const unfolding = this.#unfolding(mayAdd);
    const own: RowBatch[] = [];
    let left = limit;
    for (const batch of batches) {
      const documents = this.#documents(batch, mayAdd);
      const looked = Array.from({ length: Math.min(left, documents.size) }, (_, index) => index);
      left -= looked.length;
      own.push(documents.withoutLists(looked));
      for (const index of looked) this.#unfold(documents, { index }, unfolding, mayAdd);
    }
    makeRoomForIds(this.#root);
    inferColumns(this.#root.schema, own, rules);
    for (const [table, { rows }] of unfolding.found) {
      table.linkTo(this.#root);
      inferColumns(table.target.schema, [{ rows }], { limit: rows.length, mayAdd, declared: {} });
    }
  }

  encode(batch: RowBatch): EncodedBatch {
    const documents = this.#documents(batch, this.#mayAdd);
    if (documents.size === 0) return this.#encoder.encode(batch, carriedRunId(this.#root));
    makeRoomForIds(this.#root);
    const idOf = this.#ids.take(documents.size);
    const refused = this.#unstorable(documents);
    for (;;) {
      const encoded = this.#pass(documents, idOf, refused);
      if (encoded === undefined) continue;
      const ofRows = [...refused].map(([index, reason]) => rejectOf(batch, index, reason));
      return { ...encoded, rejects: inSourceOrder(batch.rejects, ofRows) };
    }
  }

  /** Undefined when something in a list has refused rows: what was encoded holds them still. */
  #pass(documents: Documents, idOf: (index: number) => string, refused: Map<number, string>): EncodedBatch | undefined {
    for (const { encoder } of this.#tree.tables) encoder.forget();
    const offered = documents.lists.flatMap((_, index) => (refused.has(index) ? [] : [index]));
    const own = this.#encoder.encode(documents.withoutLists(offered, idOf), carriedRunId(this.#root));
    for (const { position, reason } of own.rejects) refused.set(Number(position), reason);
    const taken = offered.filter((index) => !refused.has(index));
    const before = refused.size;
    const children = this.#encodeLists(documents, taken, idOf, refused);
    return refused.size === before ? { ...own, children } : undefined;
  }

  #encodeLists(
    documents: Documents,
    taken: readonly number[],
    idOf: (index: number) => string,
    refused: Map<number, string>,
  ): Map<LoadTarget, EncodedBatch> {
    const unfolding = this.#unfolding(this.#mayAdd);
    const linkOf = this.#linkOf(documents, idOf);
    for (const index of taken) {
      if (documents.lists[index]?.length === 0) continue;
      this.#unfold(documents, { index, ...linkOf(index) }, unfolding, this.#mayAdd);
    }
    for (const table of this.#tree.tables) {
      if (table.target.schema.columns.length > 0 || unfolding.found.has(table)) table.linkTo(this.#root);
    }
    const encoded = new Map<LoadTarget, EncodedBatch>();
    for (const [table, { rows, owners }] of unfolding.found) {
      const batch = table.encoder.encode({ rows, positionOf: (at) => `${at}` }, carriedRunId(table.target));
      encoded.set(table.target, batch);
      for (const { position, reason } of batch.rejects) {
        const at = Number(position);
        const place = table.placeOf(rows[at] as Record<string, unknown>);
        refused.set(owners[at] as number, `in ${place}: ${reason}`);
      }
    }
    return encoded;
  }

  #documents(batch: RowBatch, mayAdd: boolean): Documents {
    return new Documents(batch, { takes: (field, list) => this.#tree.takes(field, list, mayAdd) });
  }

  #unfolding(mayAdd: boolean): Unfolding {
    return new Unfolding({
      childOf: (above, field) => this.#tree.childOf(above, field, mayAdd),
      isNothing: (above, field) => this.#tree.isNothing(above, field, mayAdd),
    });
  }

  #unfold(documents: Documents, owner: Owner, unfolding: Unfolding, mayAdd: boolean): void {
    for (const [field, list] of documents.lists[owner.index] ?? []) {
      const table = list.length === 0 ? undefined : this.#tree.childOf(undefined, field, mayAdd);
      if (table !== undefined) unfolding.add(table, list, owner);
    }
  }

  /** What rows of lists name their row by, in the form that the row's own columns have it. */
  #linkOf(documents: Documents, idOf: (index: number) => string): (index: number) => Pick<Owner, "link" | "id"> {
    const { plan, schema } = this.#root;
    if (plan.mode !== "merge") return (index) => ({ link: [idOf(index)] });
    const columns = plan.primary_key.map((key) => schema.keyColumn(key));
    return (index) => {
      const link = columns.map((column) => {
        const { value, untyped } = documents.field(index, column?.key ?? "");
        const storable = textProblem(value) === undefined ? value : mendText(value);
        return (untyped ? column?.untyped(storable) : column?.typed(storable)) ?? valueText(storable);
      });
      return { link, id: idOf(index) };
    };
  }

  #unstorable(documents: Documents): Map<number, string> {
    const refused = new Map<number, string>();
    const { nul } = this.#root.plan;
    documents.lists.forEach((lists, index) => {
      for (const [field, list] of lists) {
        const problem = problemIn(field, list, nul);
        if (problem !== undefined) refused.set(index, problem);
      }
    });
    return refused;
  }

  get #mayAdd(): boolean {
    return this.#root.plan.drift === "evolve";
  }
}
