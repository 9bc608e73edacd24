import { updateConfig } from "../../workspace/config-file.ts";
import type { Workspace } from "../../workspace/locate.ts";
import { makeWorkspace } from "../../workspace/make-workspace.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";

/** Makes what is missing of a workspace and touches nothing that is there. */
export async function initWorkspace(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await workspaceToMake(context);
  const made = await makeWorkspace(workspace);
  const destination = input.text("destination");
  if (destination !== undefined) {
    await updateConfig(workspace, "setting the destination", (raw) => {
      raw.settings = { ...(raw.settings as object), destination };
    });
  }
  const what = made.length === 0 ? "Everything was there already." : `Made: ${made.join(", ")}`;
  const next = "Next: sluice connections add";
  return { data: { workspace: workspace.root, made }, text: `Workspace ${workspace.root}\n${what}\n${next}` };
}

/** Without --workspace it is the current folder, even inside another workspace. */
async function workspaceToMake(context: CommandContext): Promise<Workspace> {
  const asked = context.workspaceFlag ?? context.io.env.SLUICE_WORKSPACE;
  if (asked !== undefined && asked !== "") return context.workspace();
  const { openWorkspace } = await import("../../workspace/locate.ts");
  return openWorkspace({ workspace: context.io.cwd, cwd: context.io.cwd, env: context.io.env });
}
