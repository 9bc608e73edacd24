import { formatCount } from "../core/count-text.ts";
import type { RunTally, SchemaChangeOfStream } from "./run-tally.ts";

/** New columns of one table beyond this: they have one line. */
const MOST_ADDED = 5;

/** Columns beyond this that have another type now: each has a line. */
const MOST_WIDENED = 10;

/** Lines of a report about columns that are not as they were. Those of a table that the run has made are no news. */
export function describeColumns({ schemaChanges, newTables, stats }: RunTally): string[] {
  const added = schemaChanges.filter(({ change, table }) => change === "add" && !newTables.has(table));
  const byTable = Object.values(Object.groupBy(added, ({ stream, table }) => JSON.stringify([stream, table])));
  return [
    ...byTable.flatMap((changes = []) => describeAdded(changes, stats[changes[0]?.stream ?? ""]?.table)),
    ...describeWidened(schemaChanges),
  ];
}

/** All of one table. Another attempt may have added a column again that the one before could not commit. */
function describeAdded(changes: readonly SchemaChangeOfStream[], own: string | undefined): string[] {
  const [first] = changes;
  if (first === undefined) return [];
  const columns = [...new Map(changes.map(({ column, to }) => [column, `${column} (${to})`])).values()];
  const more = columns.length - MOST_ADDED;
  const told = columns.slice(0, MOST_ADDED).join(", ");
  const where = first.table === own ? "" : ` of ${first.table}`;
  const noun = columns.length === 1 ? "new column" : "new columns";
  return [`  ${first.stream}: ${noun} ${told}${more > 0 ? ` and ${more} more` : ""}${where}`];
}

/** A column that has another type now may break what reads it. */
function describeWidened(changes: readonly SchemaChangeOfStream[]): string[] {
  const told = changes.flatMap(({ stream, column, change, from, to }) =>
    change === "widen" ? [`  ${stream}: the column ${column} has become ${to}; it was ${from}`] : [],
  );
  const more = told.length - MOST_WIDENED;
  return more > 0 ? [...told.slice(0, MOST_WIDENED), `  and ${formatCount(more, "more column")}`] : told;
}
