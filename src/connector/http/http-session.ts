import type { HttpSession, HttpSessionOptions } from "./http-client.ts";

/** Starts what the HTTP clients of one run share: sockets, limits, tokens. */
export function createHttpSession(_options: HttpSessionOptions = {}): HttpSession {
  throw new Error("not built yet");
}
