import type { ConnectorContext } from "../define-connector.ts";

/** What is needed of a connector's context to run a program for it. */
export type ProgramContext = Pick<
  ConnectorContext<unknown, unknown>,
  "connection" | "signal" | "workspace" | "log" | "defer"
>;

/** A program that speaks a protocol on its stdout, ready to be run. */
export interface Program {
  /** For people: `tap-csv`. */
  name: string;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** How long it may print nothing. */
  silence_ms: number;
}
