import { randomInt } from "node:crypto";

/** `CRASH_SEED=… npx vitest run test/crash` replays a run of the harness: the same kills of the same series. */
export const SEED = Number(process.env["CRASH_SEED"] ?? randomInt(2 ** 31));
/** `npm run crash` takes its time, the suite has none. */
export const IS_LONG = process.env["CRASH"] === "long";
