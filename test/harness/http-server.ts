import {
  createServer as createPlainServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** A request as it arrived. */
export interface SeenRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

/** What to answer. `json` and `body` are one or the other. */
export interface TestAnswer {
  status?: number;
  headers?: Readonly<Record<string, string | string[]>>;
  json?: unknown;
  body?: string | Uint8Array;
}

/** Answers a request, or does what it likes with the response and returns nothing. */
export type TestHandler = (
  request: SeenRequest,
  response: ServerResponse,
) => TestAnswer | undefined | Promise<TestAnswer | undefined>;

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:1234`, for TLS `https://localhost:1234` */
  url: string;
  port: number;
  /** All that have arrived, oldest first. */
  requests: SeenRequest[];
  /** Connections taken since the start, and those that are open. */
  connections: { taken: number; open: number };
}

/** Key and certificate, for TLS. */
export interface TestIdentity {
  key: string | Buffer;
  cert: string | Buffer;
}

/** A real server on this machine that answers as the handler says; gone at the end of an `await using` block. */
export async function startHttpServer(handler: TestHandler, identity?: TestIdentity): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    answer(request, response, { handler, requests }).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = identity === undefined ? createPlainServer(listener) : createTlsServer(identity, listener);
  const open = new Set<Socket>();
  const connections = { taken: 0, open: 0 };
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    connections.taken++;
    connections.open++;
    socket
      .on("error", () => undefined)
      .on("close", () => {
        open.delete(socket);
        connections.open--;
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: identity === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    ...{ port, requests, connections },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers one after the other; the last one stays. */
export function inTurn(...answers: (TestAnswer | TestHandler)[]): TestHandler {
  let count = 0;
  return (request, response) => {
    const answer = answers[Math.min(count++, answers.length - 1)] as TestAnswer | TestHandler;
    return typeof answer === "function" ? answer(request, response) : answer;
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { handler, requests }: { handler: TestHandler; requests: SeenRequest[] },
): Promise<void> {
  const seen = await see(request);
  requests.push(seen);
  const said = await handler(seen, response);
  if (said === undefined) return;
  const { status = 200, headers = {}, json, body } = said;
  const content = json === undefined ? (body ?? "") : JSON.stringify(json);
  const type = json === undefined ? {} : { "content-type": "application/json" };
  const length = { "content-length": String(Buffer.byteLength(content)) };
  response.writeHead(status, { ...type, ...length, ...headers }).end(content);
}

async function see(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", "http://server");
  const { method = "", headers } = request;
  return { method, path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks).toString("utf8") };
}
