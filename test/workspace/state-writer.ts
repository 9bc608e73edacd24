import { openWorkspace } from "../../src/workspace/locate.ts";
import { mergeState } from "../../src/workspace/state-mirror.ts";

/** Writes one connection's state as often as told, with the round as its revision, and prints how each went. */
const [root = "", id = "", rounds = "1"] = process.argv.slice(2);
const ws = openWorkspace({ workspace: root, env: {} });
for (let round = 1; round <= Number(rounds); round++) {
  const state = {
    version: 1,
    revision: round,
    destination_id: null,
    global: {},
    streams: { rows: { cursor: id } },
  } as const;
  await mergeState(ws, id, state);
}
