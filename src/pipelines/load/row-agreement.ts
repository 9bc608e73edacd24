import type { CopyBatch, RowForm, SourceColumn } from "../../connector/define-connector.ts";
import type { CopyFormat } from "../../databases/postgres/copy.ts";
import { type RowLead, uuidLead } from "../../databases/postgres/row-lead.ts";
import { laneOf } from "./choose-lane.ts";
import { keepsNoColumn } from "./first-columns.ts";
import { agreeOnLayout, type Layout } from "./layout.ts";
import type { LoadTarget } from "./load-target.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/** What a source with types of its own and the table have agreed on: how rows come, and into which columns. */
export class RowAgreement {
  readonly #target: LoadTarget;
  /** Undefined until the source has said what its columns are, and for sources whose types are found out. */
  #layout: Layout | undefined;

  constructor(target: LoadTarget) {
    this.#target = target;
  }

  get isMade(): boolean {
    return this.#layout !== undefined;
  }

  make(columns: readonly SourceColumn[]): Layout {
    this.#layout = agreeOnLayout(this.#target, columns, keepsNoColumn(this.#target));
    return this.#layout;
  }

  /** How rows come that go into the table as they are; undefined where they are looked at, or staged first. */
  get straightFormat(): CopyFormat | undefined {
    const { form } = this.#layout ?? {};
    const isStraight = laneOf(this.#target.plan) === "copy" && form !== undefined && form !== "values";
    return isStraight ? formatOf(form) : undefined;
  }

  /** What is put before each row as it is passed on. */
  get lead(): RowLead | undefined {
    const [format, runId] = [this.straightFormat, this.#target.lastingRunId];
    if (format === undefined || runId === undefined) return undefined;
    return uuidLead(runId, format, this.#layout?.columns.length ?? 0);
  }

  /** Bytes are for the columns that were agreed on; there is nothing in them to look at. */
  passOn({ copy, count, led = false, rejects = [], release }: CopyBatch): EncodedBatch {
    const { form, columns: own = [], ledColumns = [] } = this.#layout ?? {};
    if (form === undefined || form === "values") throw new Error("bytes of COPY came without an agreement on them");
    const columns = led ? ledColumns : own;
    const batch = { copy, format: formatOf(form), columns, rows: count, rejects: [...rejects] };
    return release === undefined ? batch : { ...batch, release };
  }
}

function formatOf(form: Exclude<RowForm, "values">): CopyFormat {
  return form === "copy_binary" ? "binary" : "text";
}
