import { Socket } from "node:net";

/** Four times what a socket reads at once unless told otherwise: fewer and larger bites. */
const READ_BYTES = 256 * 1024;

/** Sockets whose reader copies what it keeps, so that it may be shown the socket's own buffer. */
const lending = new WeakSet<Socket>();

/**
 * A socket that reads into one buffer again and again. A socket of the usual kind makes a new one for each bite, which
 * leaves dozens of megabytes to the garbage collector while a table is copied.
 */
export function createReadingSocket(): Socket {
  const callback = (size: number, buffer: Uint8Array): boolean => {
    const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, size);
    socket.emit("data", lending.has(socket) ? bytes : Buffer.from(bytes));
    return true;
  };
  const socket: Socket = new Socket({ onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback } });
  return socket;
}

/** From now on what comes with `data` is good until the listener returns. */
export function borrowBytes(socket: Socket): void {
  lending.add(socket);
}

/** From now on what comes with `data` may be kept. */
export function keepBytes(socket: Socket): void {
  lending.delete(socket);
}
