import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface SlowProxy extends AsyncDisposable {
  port: number;
  /** Called whenever bytes have been let through in the slow direction. */
  onPassed: () => void;
}

export interface Slowness {
  /** The other direction is as fast as it comes. */
  direction: "to server" | "from server";
  /** On each connection. */
  mb_per_s: number;
}

/** A way to a server on this machine that lets so much through, however fast it comes. */
export async function startSlowProxy(target: number, { direction, mb_per_s }: Slowness): Promise<SlowProxy> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) open.add(socket.once("close", () => open.delete(socket)));
    const [from, to] = direction === "to server" ? [client, upstream] : [upstream, client];
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    to.pipe(from);
    passSlowly(from, to).catch(() => to.destroy());
  });
  const passSlowly = async (from: Socket, to: Socket) => {
    for await (const chunk of from) {
      if (!to.write(chunk)) await once(to, "drain");
      proxy.onPassed();
      await sleep(chunk.length / (mb_per_s * 1000));
    }
    to.end();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: SlowProxy = {
    port: (server.address() as AddressInfo).port,
    onPassed() {},
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
