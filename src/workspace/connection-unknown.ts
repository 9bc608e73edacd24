import { didYouMean } from "../core/did-you-mean.ts";
import { SluiceError } from "../core/errors.ts";
import type { Workspace } from "./locate.ts";

/** The error for a connection that is not there, with a guess at which one was meant. */
export function unknownConnection(ws: Workspace, name: string, known: readonly string[]): SluiceError {
  const message = `looking for the connection ${name} in ${ws.paths.config}: there is none of that name.${didYouMean(name, known)} See \`sluice connections list\`.`;
  return new SluiceError("connection_unknown", message, { details: { connection: name } });
}
