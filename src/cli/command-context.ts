import type { Workspace } from "../workspace/locate.ts";
import type { CommandContext } from "./command.ts";
import type { Io, Product } from "./io.ts";
import { createPrompter } from "./prompt.ts";
import { styleFor } from "./style.ts";

export interface ContextSources {
  io: Io;
  product: Product;
  json: boolean;
  workspaceFlag: string | undefined;
}

export function createContext({ io, product, json, workspaceFlag }: ContextSources): CommandContext {
  let opened: Promise<Workspace> | undefined;
  return {
    io,
    product,
    json,
    workspaceFlag,
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

async function open(io: Io, workspace: string | undefined): Promise<Workspace> {
  const { openWorkspace } = await import("../workspace/locate.ts");
  return openWorkspace({ cwd: io.cwd, env: io.env, ...(workspace === undefined ? {} : { workspace }) });
}
