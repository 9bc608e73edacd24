import { SluiceError } from "../core/errors.ts";
import type { Workspace } from "../workspace/locate.ts";
import type { CommandContext, ScreensRequest } from "./command.ts";
import type { Io, Product } from "./io.ts";
import { createPrompter } from "./prompt.ts";
import { styleFor } from "./style.ts";

export interface ContextSources {
  io: Io;
  product: Product;
  json: boolean;
  workspaceFlag: string | undefined;
  /** Missing where a command runs others by itself. */
  screens?: (request: ScreensRequest) => Promise<number>;
}

export function createContext({ io, product, json, workspaceFlag, screens }: ContextSources): CommandContext {
  let opened: Promise<Workspace> | undefined;
  return {
    io,
    product,
    json,
    workspaceFlag,
    screens: screens ?? noScreens,
    prompt: createPrompter(io),
    style: styleFor(io.stdout, io.env),
    say: (line) => {
      io.stderr.write(`${line}\n`);
    },
    workspace() {
      opened ??= open(io, workspaceFlag);
      return opened;
    },
  };
}

async function noScreens(): Promise<number> {
  throw new SluiceError("needs_terminal", "opening the screens: another command is going on in this terminal.");
}

async function open(io: Io, workspace: string | undefined): Promise<Workspace> {
  const { openWorkspace } = await import("../workspace/locate.ts");
  return openWorkspace({ cwd: io.cwd, env: io.env, ...(workspace === undefined ? {} : { workspace }) });
}
