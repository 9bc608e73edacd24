import { SluiceError } from "../core/errors.ts";
import type { Connection } from "./config-schema.ts";
import { type ConfigText, readConfigText } from "./config-text.ts";
import { type ConfigView, type Problem, problemLines, problemPlace, viewConfig } from "./config-view.ts";
import { unknownConnection } from "./connection-unknown.ts";
import type { Workspace } from "./locate.ts";

export { createConfig, ensureIds, updateConfig, updateConnection } from "./config-update.ts";
export type { ConfigView, ListedConnection, Problem } from "./config-view.ts";
export { addConnection, duplicateConnection, removeConnection, renameConnection } from "./connection-edits.ts";

/**
 * Reads `config.json`. A broken connection is listed with its problems and does not keep the others from being read;
 * throws only where the file itself is wrong.
 */
export async function readConfig(ws: Workspace): Promise<ConfigView> {
  return viewConfig(await readConfigText(ws));
}

/** Throws `connection_unknown` with a guess at what was meant, or `connection_invalid` with everything that is wrong. */
export async function getConnection(ws: Workspace, name: string): Promise<Connection> {
  const text = await readConfigText(ws);
  const { connections } = viewConfig(text);
  const found = connections.filter((listed) => listed.name === name);
  const [listed] = found;
  if (listed === undefined) {
    throw unknownConnection(
      ws,
      name,
      connections.map((each) => each.name),
    );
  }
  if (listed.valid) return listed.connection;
  const problems = found.flatMap((each) => (each.valid ? [] : each.problems));
  throw invalidConnection(text, name, problems);
}

/** The error of a connection whose settings are wrong at these places, which are paths in `config.json`. */
export async function connectionInvalid(
  ws: Workspace,
  name: string,
  problems: readonly Problem[],
): Promise<SluiceError> {
  return invalidConnection(await readConfigText(ws), name, problems);
}

/** Where something stands, for people: `/shop/config.json: connections[2].type (line 12)`. */
export async function placeInConfig(ws: Workspace, path: string): Promise<string> {
  return `${ws.paths.config}: ${problemPlace(path, await readConfigText(ws))}`;
}

function invalidConnection(text: ConfigText, name: string, problems: readonly Problem[]): SluiceError {
  const message = `reading the connection ${name} from ${text.path}: its settings are wrong. Mend each of these places:${problemLines(problems, text)}`;
  return new SluiceError("connection_invalid", message, {
    details: { connection: name, problems: problems.map((problem) => ({ ...problem })) },
  });
}
