/** Where in a run's life an error belongs. */
export type Stage = "config" | "check" | "read" | "write" | "transform" | "state";

/** What can be done about it without a person. */
export type Recovery = "retry" | "skip" | "stop_stream" | "stop_run";

export interface CatalogueEntry {
  stage: Stage;
  recovery: Recovery;
  /** The exit code of a command that ends with it (contract). */
  exit: 1 | 2 | 3 | 5 | 130 | 143;
  /** One sentence: what has happened. */
  meaning: string;
  /** One sentence: what a person does next. */
  remedy: string;
}
