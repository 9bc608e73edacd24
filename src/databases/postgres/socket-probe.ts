import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { DEFAULT_CONNECT_TIMEOUT_S, type PostgresAddress } from "./client.ts";
import { tlsOptions } from "./tls.ts";

/** Opens a connection to where the server should be. Rejects with the system's own error. */
export function openSocket(address: PostgresAddress): Promise<Socket> {
  const { host, port } = address;
  const socket = connect(host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  return settle<Socket>(socket, address, (resolve) => socket.once("connect", () => resolve(socket)));
}

/** Encrypts the connection if the address's sslmode says so; says what came of it. The socket is of no more use. */
export async function probeTls(socket: Socket, address: PostgresAddress): Promise<string> {
  const mode = address.sslmode ?? "prefer";
  if (mode === "disable" || address.host.startsWith("/")) return "not encrypted, as configured";
  if (mode === "allow") return "not encrypted unless the server insists";
  const answer = await settle<string>(socket, address, (resolve) => {
    socket.once("data", (data) => resolve(data.toString("latin1", 0, 1)));
    socket.write(SSL_REQUEST);
  });
  if (answer === "S") return shakeHands(socket, address);
  if (mode === "prefer") return "not encrypted: the server does not offer it";
  throw new Error("The server does not support SSL connections");
}

/** Length 8, then the number that stands for "may we encrypt?". The server answers with S or N. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

async function shakeHands(socket: Socket, address: PostgresAddress): Promise<string> {
  const name = isIP(address.host) === 0 ? { servername: address.host } : {};
  const options = { ...(await tlsOptions(address)), ...name, host: address.host, socket };
  const secure = await settle<TLSSocket>(socket, address, (resolve, reject) => {
    const tls = connectTls(options, () => resolve(tls));
    tls.once("error", reject);
  });
  const trust = secure.authorized ? "certificate verified" : "certificate not verified";
  const protocol = secure.getProtocol();
  secure.destroy();
  return `${protocol}, ${trust}`;
}

type Work<T> = (resolve: (value: T) => void, reject: (error: Error) => void) => void;

/** Waits for one answer of a socket, for its failure, or for the address's time to be over. */
async function settle<T>(socket: Socket, address: PostgresAddress, work: Work<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const limit_ms = (address.connect_timeout ?? DEFAULT_CONNECT_TIMEOUT_S) * 1000;
  const timer = setTimeout(() => reject(new Error("timeout expired")), limit_ms);
  const closed = () => reject(new Error("Connection terminated unexpectedly"));
  socket.on("error", reject).on("close", closed);
  try {
    work(resolve, reject);
    return await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off("close", closed);
  }
}
