/** Sets the clock of its process by `CRASH_CLOCK_MS` milliseconds. */
const by_ms = Number(process.env["CRASH_CLOCK_MS"]);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args: [] | ConstructorParameters<typeof RealDate>) {
    if (args.length === 0) super(RealDate.now() + by_ms);
    else super(...args);
  }

  static override now(): number {
    return RealDate.now() + by_ms;
  }
} as DateConstructor;
