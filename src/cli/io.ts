import type { BuiltinFolders } from "../connector/registry.ts";

/** What a command sees of the process it runs in. `main.ts` hands over the real one, tests their own. */
export interface Io {
  stdout: Output;
  stderr: Output;
  stdin: Input;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /**
   * From the first call on SIGINT and SIGTERM abort this signal with `interrupted` or `terminated` instead of ending the
   * process; a second one ends it at once.
   */
  interruption(): AbortSignal;
}

export type Output = NodeJS.WritableStream & { isTTY?: boolean | undefined; columns?: number | undefined };
export type Input = NodeJS.ReadableStream & { isTTY?: boolean | undefined };

/** Where the running Sluice itself lives. */
export interface Product {
  version: string;
  /** The package's folder. */
  root: string;
  connectors: BuiltinFolders;
}
