import type { BuiltinFolders } from "../connector/registry.ts";

/** What the headless runner sees of the process it runs in. */
export interface HeadlessHost {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  stdin: NodeJS.ReadableStream;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** The folder that `--workspace` named before the command's own arguments. */
  workspace?: string;
  /** Of Sluice. */
  version: string;
  connectors: BuiltinFolders;
  /** Aborts with `interrupted` or `terminated` when the process is asked to stop. Called once, when a run begins. */
  interruption?: () => AbortSignal;
}
