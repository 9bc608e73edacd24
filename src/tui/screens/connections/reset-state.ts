import { resetStreams } from "../../../pipelines/load/state-operations.ts";
import { changeState } from "../../../runner/change-state.ts";
import type { Session } from "../../session.ts";
import { askConfirm } from "../../ui/confirm.tsx";

/** Asks for the name, then forgets how far every stream has been read. */
export async function resetState(session: Session, name: string): Promise<void> {
  const effects = [
    "It forgets how far every stream had been read: the next run starts from the beginning.",
    "Rows stay in their tables, and an append loads them again.",
  ];
  const question = {
    title: `Reset the state of ${name}?`,
    effects,
    command: `sluice state reset ${name}`,
    typeName: name,
  };
  if (!(await askConfirm(session, question))) return;
  const { backup } = await changeState(session.workspace, name, ({ address }, { id }) =>
    resetStreams(address, id, "all"),
  );
  await session.config.reload();
  session.notices.say(`${name} begins anew with its next run; the backup of config.json is ${backup}`, "good");
}
