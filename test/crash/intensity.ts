import { randomInt } from "node:crypto";
import type { Mode } from "./sources/crash-source.ts";

/** `CRASH_SEED=… npx vitest run test/crash` replays a run of the harness: the same kills of the same series. */
export const SEED = Number(process.env["CRASH_SEED"] ?? randomInt(2 ** 31));
/** `npm run crash` takes its time, the suite has none. */
export const IS_LONG = process.env["CRASH"] === "long";

/** Of the ways of loading that an attack is made on, the suite has time for the first. */
export function attacked(...modes: Mode[]): Mode[] {
  return IS_LONG ? modes : modes.slice(0, 1);
}
