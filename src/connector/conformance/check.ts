/** One thing that every connector must do: `run` throws when this one does not. */
export interface Check {
  title: string;
  run(): Promise<void>;
}

/** Names of streams: what can be a key in config.json and a part of a table's name. */
const STREAM_NAME = /^[A-Za-z_][A-Za-z0-9_.$ -]{0,126}$/;

export function assert(holds: unknown, what: string): void {
  if (!holds) throw new Error(what);
}

export function assertStreamNames(names: readonly string[]): void {
  for (const name of names) assert(STREAM_NAME.test(name), `"${name}" cannot be the name of a stream`);
  assert(new Set(names).size === names.length, `the streams ${names.join(", ")} are not all different`);
}
