import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectorError } from "../connector-error.ts";

export interface OAuthCallback {
  /** What the service sends people back to. */
  redirect: string;
  /** The address that somebody came back to, with its query. */
  answer: Promise<string>;
  close(): Promise<void>;
}

const PATH = "/callback";

const PAGE = `<!doctype html><meta charset="utf-8"><title>Sluice</title><p>Sluice has the answer. This window can be closed.`;

/**
 * Waits on this machine for the end of a login in the browser: on the loopback address only, for one answer.
 * @throws ConnectorError `connection_invalid` when the port is taken
 */
export async function awaitCallback(port: number): Promise<OAuthCallback> {
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const { url = "/" } = request;
    if (request.method !== "GET" || url.split("?")[0] !== PATH) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", connection: "close" }).end(PAGE);
    resolve(url);
  });
  await new Promise<void>((listening, fail) => {
    server.once("error", (cause) => fail(portTaken(port, cause)));
    server.listen(port, "127.0.0.1", listening);
  });
  const { port: taken } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  return { redirect: `http://localhost:${taken}${PATH}`, answer, close };
}

function portTaken(port: number, cause: unknown): ConnectorError {
  const message = `logging in: nothing can listen on port ${port} of this machine. Give another one with --port (the app must know that address), or use --paste.`;
  return new ConnectorError("connection_invalid", message, { cause });
}
