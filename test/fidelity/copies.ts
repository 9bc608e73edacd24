import { fileURLToPath } from "node:url";
import type { Mode } from "../../src/connector/define-connector.ts";
import { loadRegistry } from "../../src/connector/registry.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { type Finished, testWorkspace } from "../runner/test-workspace.ts";
import { IS_LONG } from "./intensity.ts";

const CONNECTORS = fileURLToPath(new URL("../../connectors", import.meta.url));

export type Lane = "binary" | "text" | "row";
export const LANES: readonly Lane[] = ["binary", "text", "row"];
export const MODES: readonly Mode[] = ["append", "replace", "merge"];
/** Each lane with each mode, for `test.each`. */
export const WAYS: readonly (readonly [Lane, Mode])[] = LANES.flatMap((lane) =>
  MODES.map((mode) => [lane, mode] as const),
);

const FORMS = { binary: "copy_binary", text: "copy_text", row: "values" };

/** Each lane, each mode, and merge by bytes and by rows: enough where it is not the types of columns that matter. */
const FEW_WAYS = WAYS.filter(([lane, mode]) =>
  mode === "merge" ? lane !== "text" : (lane === "text") === (mode === "replace"),
);
export const SOME_WAYS = IS_LONG ? WAYS : FEW_WAYS;

export interface CopySettings {
  /** Streams, as `schema.table` or by the name of a query, with the settings of each in every mode. */
  streams: Record<string, object>;
  options?: object;
  schema?: object;
  /**
   * A column of every table that is text at the destination already, so that the row lane has to carry the others;
   * an integer at the source.
   */
  forcedBy?: string;
  /** Streams that the binary lane hands over to the text lane, because of types that binary COPY does not keep. */
  textOnly?: readonly string[];
  /** Streams whose key may be null for all that the source says, so that merge has to look at the rows. */
  looseKeys?: readonly string[];
}

/** Two databases, one to read and one to load into, and a connection between them for each lane and mode. */
export interface Copies extends AsyncDisposable {
  source: FreshDatabase;
  destination: FreshDatabase;
  /** Where a copy ends up. */
  namespaceOf(lane: Lane, mode: Mode): string;
  /** Runs the copy; throws unless every stream went through that lane. */
  copy(lane: Lane, mode: Mode): Promise<Finished>;
}

export async function copiesOf(settings: CopySettings): Promise<Copies> {
  const source = await freshDatabase();
  const destination = await freshDatabase();
  const { host, port, database, username, password = "" } = source.address;
  const connections = WAYS.map(([lane, mode]) => ({
    name: namespaceOf(lane, mode),
    type: "postgres",
    options: {
      ...{ host, port, database, username, tables: tablesOf(settings) },
      ...{ copy_format: lane === "text" ? "text" : "binary", ...settings.options },
    },
    schema: {
      streams: Object.fromEntries(Object.entries(settings.streams).map(([name, own]) => [name, { mode, ...own }])),
      ...settings.schema,
    },
  }));
  const secrets = `[sources.postgres]\npassword = ${JSON.stringify(password)}`;
  const workspace = await testWorkspace({ address: destination.address, connections, secrets });
  workspace.deps.registry = loadRegistry({ builtin: CONNECTORS });
  return {
    ...{ source, destination, namespaceOf },
    async copy(lane, mode) {
      const name = namespaceOf(lane, mode);
      if (lane === "row") await forceRowLane(destination, name, settings);
      const finished = await workspace.run(name);
      assertLane(finished.events, lane, mode, settings);
      return finished;
    },
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      await destination[Symbol.asyncDispose]();
    },
  };
}

/** The other streams are queries. */
function tablesOf({ streams }: CopySettings): string[] {
  return Object.keys(streams).filter((name) => name.includes("."));
}

function namespaceOf(lane: Lane, mode: Mode): string {
  return `${lane}_${mode}`;
}

/** A table that has one column already, of another type than at the source: bytes do not line up. */
async function forceRowLane({ client }: FreshDatabase, namespace: string, settings: CopySettings): Promise<void> {
  const { forcedBy = "lane", streams } = settings;
  await client.query(`create schema if not exists ${quoteIdentifier(namespace)}`);
  for (const stream of Object.keys(streams)) {
    const table = stream.replace(/^public\./, "").replace(".", "_");
    await client.query(
      `create table if not exists ${quoteTable(namespace, table)} (${quoteIdentifier(forcedBy)} text)`,
    );
  }
}

function assertLane(events: readonly RunEvent[], lane: Lane, mode: Mode, settings: CopySettings): void {
  const { textOnly = [], looseKeys = [] } = settings;
  const formOf = (stream = "") => {
    if (mode === "merge" && looseKeys.includes(stream)) return FORMS.row;
    return FORMS[lane === "binary" && textOnly.includes(stream) ? "text" : lane];
  };
  const layouts = events.filter((event) => event.kind === "stream.layout");
  const silent = Object.keys(settings.streams).filter((name) => !layouts.some(({ stream }) => stream === name));
  if (silent.length > 0) throw new Error(`nothing says by which lane these went: ${silent.join(", ")}`);
  const others = layouts.filter(({ stream, data }) => data.form !== formOf(stream));
  const told = others.map(({ stream, data }) => `${stream}: ${data.form}, ${data.reason}`);
  if (told.length > 0) throw new Error(`not by the ${lane} lane: ${told.join("; ")}`);
}
