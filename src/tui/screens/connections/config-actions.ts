import { editInEditor } from "../../../system/editor.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import type { ConfigState } from "../../state/config-store.ts";

/** While config.json itself is wrong: mending it by hand, as nothing else may write to it. */
export function configActions(session: Session, { state }: ConfigState): Action[] {
  if (state !== "broken") return [];
  const { workspace, config, terminal, host, notices } = session;
  return [
    {
      ...{ id: "config.edit", keys: ["E"], title: "mend config.json", footer: 200 },
      help: "Open config.json in $EDITOR. It is read again when you are done.",
      run: async () => {
        await terminal.lend(() => editInEditor(workspace.paths.config, host.env));
        await config.reload();
        if (config.get().state === "ready") notices.say("config.json is right now", "good");
      },
    },
  ];
}
