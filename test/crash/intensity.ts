import { randomInt } from "node:crypto";
import type { Mode } from "./sources/crash-source.ts";

/** `CRASH_SEED=… npx vitest run test/crash` replays a run of the harness: the same kills of the same series. */
export const SEED = Number(process.env["CRASH_SEED"] ?? randomInt(2 ** 31));
/** 1 is the suite, which has no time; 10 is `npm run crash`; more goes on for longer. */
const FACTOR = Number(process.env["CRASH_FACTOR"] ?? 1);
export const IS_LONG = FACTOR > 1;

/** How often a series kills, given its kills in the suite and in the long form. */
export function killsOf(few: number, many: number): number {
  return IS_LONG ? Math.ceil((many * FACTOR) / 10) : few;
}

/** Of the ways of loading that an attack is made on, the suite has time for the first. */
export function attacked(...modes: Mode[]): Mode[] {
  return IS_LONG ? modes : modes.slice(0, 1);
}

/** For what hangs: on a machine that has much else to do a series takes many times as long as alone. */
export const LIMIT_MS = IS_LONG ? 7_200_000 : 1_200_000;
