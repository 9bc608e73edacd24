/**
 * `FIDELITY_FACTOR=10 npx vitest run test/fidelity` is the long form: that many times the cases of the property tests,
 * and every table in each lane and mode. 1 is the suite, which has no time.
 */
export const FACTOR = Number(process.env["FIDELITY_FACTOR"] ?? 1);
export const IS_LONG = FACTOR > 1;
