import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** One connection through the proxy. */
export interface Line {
  client: Socket;
  server: Socket;
  /** Breaks it on both sides with a reset. */
  reset(): void;
  /** Nothing passes any more, in either direction, and nobody is told. */
  stall(): void;
  /** What was held back by `stall` passes, and what follows. */
  resume(): void;
}

export interface HostileProxy extends AsyncDisposable {
  port: number;
  /** Where new connections go. */
  target: number;
  /** So many new connections are refused. */
  refusals: number;
  lines: Set<Line>;
  /** How often it has struck: for tests, which count what they do. */
  attacks: number;
  /** What to do with bytes on their way to the server: what it returns is passed on. */
  toServer: (chunk: Buffer, line: Line) => Buffer | undefined;
  fromServer: (chunk: Buffer, line: Line) => Buffer | undefined;
}

const asItIs = (chunk: Buffer) => chunk;

/** Stands between the program and its Postgres. Changes nothing until it is told to. */
export async function hostileProxy(target: number): Promise<HostileProxy> {
  const listener = createServer((client) => {
    if (proxy.refusals <= 0) return join(proxy, client);
    proxy.refusals -= 1;
    client.resetAndDestroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const proxy: HostileProxy = {
    port: (listener.address() as AddressInfo).port,
    ...{ target, refusals: 0, attacks: 0, lines: new Set<Line>(), toServer: asItIs, fromServer: asItIs },
    async [Symbol.asyncDispose]() {
      for (const line of proxy.lines) line.reset();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return proxy;
}

function join(proxy: HostileProxy, client: Socket): void {
  const server = connect(proxy.target, "127.0.0.1");
  const line: Line = {
    ...{ client, server },
    reset() {
      client.resetAndDestroy();
      server.resetAndDestroy();
    },
    stall() {
      client.pause();
      server.pause();
    },
    resume() {
      client.resume();
      server.resume();
    },
  };
  proxy.lines.add(line);
  for (const [from, to, change] of [
    [client, server, (chunk: Buffer) => proxy.toServer(chunk, line)],
    [server, client, (chunk: Buffer) => proxy.fromServer(chunk, line)],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => {
      proxy.lines.delete(line);
      to.destroy();
    });
    from.on("data", (chunk) => {
      const passed = change(chunk);
      if (passed !== undefined && passed.length > 0) to.write(passed);
    });
  }
}
