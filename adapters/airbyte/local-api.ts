import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalApi extends AsyncDisposable {
  url: string;
  port: number;
  /** Requests so far. */
  asked: string[];
}

export interface Answer {
  status?: number;
  body: object | string | Buffer;
}

/** Long enough that a run can be killed in its midst. */
const DELAY_MS = 15;

/** A service on this machine that programs of others read in place of the real one. */
export async function localApi(answer: (url: URL, request: IncomingMessage) => Answer): Promise<LocalApi> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { status = 200, body } = answer(new URL(request.url ?? "/", "http://localhost"), request);
    const isJson = typeof body === "object" && !Buffer.isBuffer(body);
    const content = isJson ? JSON.stringify(body) : body;
    setTimeout(() => {
      response.writeHead(status, { "content-type": isJson ? "application/json" : "application/octet-stream" });
      response.end(content);
    }, DELAY_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, asked },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
