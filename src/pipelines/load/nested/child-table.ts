import { SluiceError } from "../../../core/errors.ts";
import type { CellEncoder } from "../../../databases/postgres/cell-encoder.ts";
import { type ColumnType, plainType, sourceType } from "../../../databases/postgres/column-types.ts";
import { fitIdentifier } from "../../../databases/postgres/identifiers.ts";
import { freeName, normaliseName, ROW_ID } from "../../../databases/postgres/names.ts";
import { childIdentity } from "../../../databases/postgres/schema-store.ts";
import { LoadTarget } from "../load-target.ts";
import type { StreamPlan } from "../plan.ts";
import { RowEncoder } from "../row-encoder.ts";
import type { Column } from "../table-schema.ts";
import { type Link, linkOf } from "./link.ts";

/** Cells that were encoded where their row was. */
const asEncoded: CellEncoder = (cell) => cell as string;

/** The table of one list field: a row for each object, with columns that say whose it is. */
export class ChildTable {
  /** The source's own field names from the stream's row down to the list. */
  readonly path: readonly string[];
  readonly target: LoadTarget;
  readonly encoder: RowEncoder;
  readonly link: Link;
  readonly children = new Map<string, ChildTable>();

  constructor(root: LoadTarget, path: readonly string[], table: string) {
    const { plan, identity } = root;
    this.path = path;
    this.link = linkOf(plan, path.length);
    this.target = new LoadTarget(childPlan(plan, path, table, this.link), identity);
    this.encoder = new RowEncoder(this.target.schema, { drift: plan.drift, nul: plan.nul, table: this.target.label });
  }

  /** Gives the columns that name the parent the types that the parent's have now. */
  linkTo(root: LoadTarget): void {
    const types = parentTypes(root);
    if (types === undefined) return;
    const { schema } = this.target;
    this.link.parent.forEach((name, i) => {
      const column = schema.declare(name, types[i] as ColumnType, true);
      if (column === undefined) throw unlinkable(this.target.label, name);
      takeEncoded(column);
    });
    for (const name of this.link.positions) schema.declare(name, plainType("bigint"), true);
    if (root.plan.mode === "merge") takeEncoded(schema.passing(ROW_ID, plainType("bigint")));
  }

  /** For messages: where the row stood. */
  placeOf(row: Readonly<Record<string, unknown>>): string {
    const { positions } = this.link;
    return this.path.map((field, i) => `row ${row[positions[i] as string]} of ${field}`).join(", ");
  }
}

/** Makes sure that the stream's own table, or its staging table, has room for the rows' ids. */
export function makeRoomForIds({ schema, plan, label }: LoadTarget): void {
  const column =
    plan.mode === "merge"
      ? schema.passing(ROW_ID, plainType("bigint"))
      : schema.declare(ROW_ID, sourceType("uuid"), true);
  if (column === undefined) throw unlinkable(label, ROW_ID);
  takeEncoded(column);
}

/** The table's name is that of the one above with the field's; one that is taken gets a number. */
export function childName(above: string, field: string, isTaken: (name: string) => boolean): string {
  return freeName(fitIdentifier(`${above}__${normaliseName(field)}`), isTaken);
}

function childPlan(plan: StreamPlan, path: readonly string[], table: string, link: Link): StreamPlan {
  const { version_field, deleted_field, deletes, columns, cursor_field, ...rest } = plan;
  const primary_key = plan.mode === "merge" ? [...link.parent, ...link.positions] : [];
  return { ...rest, stream: childIdentity(plan.stream, path), table, primary_key };
}

/** Undefined as long as no row has brought a key. */
function parentTypes({ plan, schema }: LoadTarget): ColumnType[] | undefined {
  if (plan.mode !== "merge") return [sourceType("uuid")];
  const types = plan.primary_key.map((key) => schema.keyColumn(key)?.type);
  return types.every((type) => type !== undefined) ? types : undefined;
}

function takeEncoded(column: Column): void {
  column.typed = asEncoded;
  column.untyped = asEncoded;
}

function unlinkable(table: string, column: string): SluiceError {
  const message = `loading ${table}: it has a column ${column} that rows cannot be written into, and it is by that column that rows of lists find the row they belong to. Rename or drop the column, or unset the stream's \`nested\`.`;
  return new SluiceError("schema_unsupported", message, { details: { column } });
}
