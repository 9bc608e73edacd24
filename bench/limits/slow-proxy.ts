import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A way to a server that lets so many megabytes a second through in its direction, however fast they come. Run as
 * `node bench/limits/slow-proxy.ts <port> <megabytes a second>`; prints its port, and ends when its stdin does.
 */
const [target = 0, mb_per_s = 0] = process.argv.slice(2).map(Number);

async function passOn(from: Socket, to: Socket): Promise<void> {
  for await (const chunk of from) {
    if (!to.write(chunk)) await once(to, "drain");
    await sleep((chunk as Buffer).length / (mb_per_s * 1000));
  }
  to.end();
}

const server = createServer((client) => {
  const upstream = connect(target, "127.0.0.1");
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const)
    one.on("error", () => other.destroy());
  passOn(client, upstream).catch(() => upstream.destroy());
  upstream.pipe(client);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on("end", () => process.exit(0)).resume();
