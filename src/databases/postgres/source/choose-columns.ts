import { didYouMean } from "../../../core/did-you-mean.ts";
import { SluiceError } from "../../../core/errors.ts";
import { quoteIdentifier } from "../identifiers.ts";
import { LOADED_AT, RUN_ID } from "../names.ts";
import { askedFor, type ColumnInfo, keepsInBinary } from "./column-info.ts";
import type { HandedColumn, TableSettings } from "./source-settings.ts";

/** A column of a stream. */
export interface ChosenColumn extends HandedColumn {
  source: ColumnInfo;
  /** Of the list after `select`. */
  expression: string;
}

/** A table that Sluice has made has them, and so will its copy: with the time and the run that made the copy. */
const PROVENANCE: readonly string[] = [LOADED_AT, RUN_ID];

/** The columns that the settings leave, under the names that they give. Throws source_column for one that is not there. */
export function chooseColumns(
  label: string,
  columns: readonly ColumnInfo[],
  { columns: wanted, exclude = [], rename = {} }: Pick<TableSettings, "columns" | "exclude" | "rename"> = {},
): ChosenColumn[] {
  for (const name of [...(wanted ?? []), ...exclude, ...Object.keys(rename)]) findColumn(label, columns, name);
  const all = columns.filter(({ name }) => !PROVENANCE.includes(name));
  const kept = (wanted?.map((name) => findColumn(label, columns, name)) ?? all).filter(
    ({ name }) => !exclude.includes(name),
  );
  if (kept.length === 0)
    throw refused(`reading ${label}: no column is left to be read. Widen \`columns\` and \`exclude\`.`);
  const chosen = kept.map((source) =>
    chosenColumn(source, Object.hasOwn(rename, source.name) ? rename[source.name] : undefined),
  );
  const twice = chosen.find(({ name }, index) => chosen.findIndex((other) => other.name === name) !== index);
  if (twice === undefined) return chosen;
  throw refused(`reading ${label}: two columns would be called "${twice.name}". Rename one of them.`);
}

/** A column by its own name. Throws source_column with the nearest name. */
export function findColumn(label: string, columns: readonly ColumnInfo[], name: string): ColumnInfo {
  const found = columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const names = columns.map((column) => column.name);
  throw refused(
    `reading ${label}: there is no column "${name}" (any more).${didYouMean(name, names)} It has ${names.slice(0, 30).join(", ")}.`,
  );
}

function chosenColumn(source: ColumnInfo, renamed: string | undefined): ChosenColumn {
  const { carried, nullable } = source;
  const name = quoteIdentifier(source.name);
  const asked = askedFor(source);
  return {
    source,
    name: renamed ?? source.name,
    type: carried,
    nullable,
    binary: keepsInBinary(carried),
    expression: asked === undefined ? name : `${name}::${asked}`,
  };
}

function refused(message: string): SluiceError {
  return new SluiceError("source_column", message);
}
