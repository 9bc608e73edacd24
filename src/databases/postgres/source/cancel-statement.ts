import { connect } from "node:net";
import type pg from "pg";

/** The number that stands for "cancel" where a version of the protocol would be. */
const CANCEL_CODE = 80877102;
const REQUEST_BYTES = 16;
/** For the server's end of the connection, which is all that it answers. */
const PATIENCE_MS = 2000;

/** Asks the server to stop what it does for the client. Best effort: nothing says whether it came in time. */
export function cancelStatement(client: pg.Client): void {
  const { host, port, processID, secretKey } = client as pg.Client & { processID: number; secretKey: number };
  if (typeof processID !== "number" || typeof secretKey !== "number") return;
  const request = Buffer.alloc(REQUEST_BYTES);
  for (const [index, word] of [REQUEST_BYTES, CANCEL_CODE, processID, secretKey].entries()) {
    request.writeInt32BE(word | 0, index * 4);
  }
  const socket = connect(host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  socket.on("error", () => socket.destroy());
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.end(request);
  socket.resume();
  socket.unref();
}
