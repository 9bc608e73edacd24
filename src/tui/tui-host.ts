import type { BuiltinFolders } from "../connector/registry.ts";
import type { Clock } from "../core/time.ts";
import type { Program } from "./state/run-control.ts";
import type { TerminalInput } from "./terminal/paced-input.ts";
import type { ThemeName } from "./theme/theme.ts";

/** What the screens see of the process that they run in. `main.ts` hands over the real one, tests their own. */
export interface TuiHost {
  stdin: TerminalInput;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
  cwd: string;
  version: string;
  connectors: BuiltinFolders;
  /** Starts runs. */
  program: Program;
  clock?: Clock;
}

/** What the command line says of the screens. */
export interface TuiOptions {
  /** The folder given with --workspace. */
  workspace?: string | undefined;
  /** `runs/<id>`, `connections/<name>`; the root unless given. */
  place?: string | undefined;
  theme?: ThemeName | undefined;
  /** Text from top to bottom, without the alternate screen, boxes and columns. */
  screenReader?: boolean | undefined;
}
