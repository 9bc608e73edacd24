export type Mode = "append" | "replace" | "merge";

/** The source as of a round: it grows, or is written anew for `replace`; for `merge` earlier rows have changed besides. */
export interface Round {
  /** From 0. */
  number: number;
  /** Rows that each round adds. */
  rows: number;
}

/** Something that runs are killed over: both connections of a crash workspace read it in the same way. */
export interface CrashSource extends AsyncDisposable {
  /** The connector and its settings: `type` and `schema` as in config.json. */
  connection(mode: Mode): { type: string; schema: Record<string, unknown> };
  /** Its fields in the secrets file. */
  secrets?: Readonly<Record<string, string>>;
  /** Some of its rows cannot be stored. */
  flawed?: boolean;
  /** It has no cursor: by `append` every run brings the whole of it. */
  comesAgain?: boolean;
  /** Of every run, and besides of those that are killed. */
  flags?: readonly string[];
  killedFlags?: readonly string[];
  writeRound(mode: Mode, round: Round): Promise<void>;
}

/** The same source with other settings of its streams, as in config.json. */
export async function withSettings(opening: Promise<CrashSource>, settings: object): Promise<CrashSource> {
  const source = await opening;
  return {
    ...source,
    connection(mode) {
      const { type, schema } = source.connection(mode);
      const streams = Object.entries((schema["streams"] ?? {}) as Record<string, object>);
      return {
        type,
        schema: {
          ...schema,
          streams: Object.fromEntries(streams.map(([name, own]) => [name, { ...own, ...settings }])),
        },
      };
    },
  };
}

/** The same source, read by `--full-refresh`: by every run, or by those alone that are killed. */
export async function readAnew(opening: Promise<CrashSource>, by: "all" | "killed"): Promise<CrashSource> {
  return { ...(await opening), [by === "all" ? "flags" : "killedFlags"]: ["--full-refresh"] };
}

export interface SourceRow {
  id: number;
  name: string;
  amount: string;
  day: string;
  extra: string | null;
}

/** An order's lines say whose they are and where they stand, so that what the tables say of that can be checked. */
export interface SourceLine {
  order_id: number;
  line: number;
  price: number;
  taxes?: { order_id: number; line: number; rate: number }[];
}

/**
 * Lists in lists: of different length, longer or shorter in every round, some empty; `parts` begin late, and prices turn
 * from whole to decimal.
 */
export function listsOf({ id }: SourceRow, { number, rows }: Round): { lines: SourceLine[]; parts?: object[] } {
  const place = (i: number) => ({ order_id: id, line: i + 1 });
  const taxes = (i: number) => Array.from({ length: i % 3 }, (_, t) => ({ ...place(t), rate: 7 + t }));
  const lines = Array.from({ length: (id + number) % 4 }, (_, i) => ({
    ...place(i),
    price: id < rows / 2 ? id : id + 0.25,
    ...(i === 0 ? {} : { taxes: taxes(i) }),
  }));
  return { lines, ...(id > rows * 0.7 ? { parts: [{ ...place(0), name: `part of round ${number}` }] } : {}) };
}

/** The rows that a round brings, changed ones of earlier rounds at the end. */
export function rowsOfRound(mode: Mode, { number, rows }: Round): SourceRow[] {
  const first = mode === "replace" ? 0 : number * rows;
  const fresh = Array.from({ length: rows }, (_, i) => rowOf(first + i, number, rows));
  if (mode !== "merge" || number === 0) return fresh;
  return [...fresh, ...Array.from({ length: rows / 4 }, (_, i) => rowOf(i * 4, number, rows))];
}

/**
 * `extra` has its first value late, and `amount` turns from whole to decimal, so that kills meet schema changes too where
 * the source has no types.
 */
function rowOf(id: number, round: number, rows: number): SourceRow {
  return {
    id,
    name: `customer ${id}, as of round ${round}`,
    amount: id < rows / 2 ? `${id}` : `${id}.25`,
    day: new Date(Date.UTC(2020, 0, 1 + (id % 2000))).toISOString().slice(0, 10),
    extra: id > rows * 0.7 ? `extra ${id}` : null,
  };
}
