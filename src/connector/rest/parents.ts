import type { Row } from "../define-connector.ts";
import { readPath } from "../http/json-path.ts";
import type { OnIgnored } from "./read-pages.ts";
import { readPartition } from "./read-partition.ts";
import { type RestSource, type RestStream, restStream } from "./rest-stream.ts";
import type { Shaper } from "./shape-records.ts";
import type { ParentOptions } from "./stream-options.ts";
import type { TemplateValue, TemplateValues } from "./template.ts";

/** One record of the parent stream, as far as its child needs it. */
export interface Parent {
  /** Tells it from the others; the same on every read. */
  key: string;
  values: TemplateValues;
  /** Columns of the child's rows. */
  carried: Row;
}

/** Records as they are, with what their own parent gave them. */
function rawShaper(carried: Row): Shaper {
  const hasCarried = Object.keys(carried).length > 0;
  return {
    shape(record, _index, _page, { rows }) {
      if (typeof record !== "object" || record === null) return;
      rows.push(hasCarried ? { ...(record as Row), ...carried } : (record as Row));
    },
  };
}

/**
 * The parents of a stream, each once, page by page as they are read: they are never held all at once, only their keys are.
 * They are read from the beginning whatever the parent stream's own cursor, because children change without them.
 */
export async function* parentsOf(source: RestSource, stream: RestStream, onIgnored: OnIgnored): AsyncGenerator<Parent> {
  const { parent } = stream.options;
  if (parent === undefined) return;
  const seen = new Set<string>();
  let incomplete = 0;
  for await (const record of parent.values ?? parentRecords(source, parent.stream ?? "", onIgnored)) {
    if (!isWanted(record, parent)) continue;
    const found = parentFrom(record, parent, source.options.variables);
    if (found === undefined) incomplete++;
    else if (!seen.has(found.key)) {
      seen.add(found.key);
      yield found;
    }
  }
  if (incomplete > 0) {
    const keys = Object.values(parent.keys).join(", ");
    source.log(
      "warn",
      `${incomplete} records of ${parent.stream ?? "the parents"} have no ${keys}: ${stream.name} is not read for them`,
    );
  }
}

async function* parentRecords(source: RestSource, name: string, onIgnored: OnIgnored): AsyncGenerator<Row> {
  const stream = restStream(source.options, name);
  const read = (values: TemplateValues, carried: Row) =>
    readPartition({ source, stream, values, shaper: rawShaper(carried), state: undefined, onIgnored });
  if (stream.options.parent === undefined) {
    for await (const { rows } of read(source.options.variables, {})) yield* rows;
    return;
  }
  for await (const { values, carried } of parentsOf(source, stream, onIgnored)) {
    for await (const { rows } of read(values, carried)) yield* rows;
  }
}

export function isWanted(record: Row, { where }: ParentOptions): boolean {
  return Object.entries(where).every(([path, wanted]) => {
    const value = readPath(record, path) ?? null;
    return Array.isArray(wanted) ? wanted.includes(value as never) : value === wanted;
  });
}

export function parentFrom(record: Row, parent: ParentOptions, variables: TemplateValues): Parent | undefined {
  const values = Object.entries(parent.keys).map(([name, path]) => [name, scalarAt(record, path)] as const);
  if (values.some(([, value]) => value === undefined || value === null || value === "")) return undefined;
  const [only, second] = values;
  const key = second === undefined ? String(only?.[1]) : JSON.stringify(values.map(([, value]) => value));
  const carried = Object.fromEntries(
    Object.entries(parent.include).map(([name, path]) => [name, readPath(record, path)]),
  );
  return { key, values: { ...variables, ...Object.fromEntries(values) }, carried };
}

/** Numbers keep their digits. */
function scalarAt(record: Row, path: string): TemplateValue {
  const value = readPath(record, path);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "object" && value !== null) {
    return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
      ? JSON.stringify(value)
      : undefined;
  }
  return value as TemplateValue;
}
