import { type Measured, spread } from "./measured-process.ts";
import { describeMeasured, type Figure } from "./report.ts";

export interface Contest {
  name: string;
  pairs: number;
  /** By what a load is held against its limit: by the clock, or by processor time where others use the machine too. */
  by: "wall_ms" | "cpu_ms";
  limit(): Promise<Measured>;
  load(): Promise<Measured>;
  /** Throws unless the last limit and the last load have left the same rows. */
  compare(): Promise<void>;
  /** At least this ratio limit ÷ load, and at most this memory. */
  wanted: { ratio: number; mb: number };
}

/** Runs limit and load in turn, so that whatever else the machine does meets both, and compares each load with its limit. */
export async function runPairs({ name, pairs, by, limit, load, compare, wanted }: Contest): Promise<Figure[]> {
  const measured: { bare: Measured; ours: Measured }[] = [];
  for (let pair = 1; pair <= pairs; pair++) {
    const bare = await limit();
    const ours = await load();
    measured.push({ bare, ours });
    process.stderr.write(`${name} ${pair}/${pairs}: limit ${describeMeasured(bare)}, load ${describeMeasured(ours)}\n`);
  }
  await compare();
  const ratios = (what: "wall_ms" | "cpu_ms") => spread(measured.map(({ bare, ours }) => bare[what] / ours[what]));
  const [speed, effort] = ["speed of the limit", "processor time, limit ÷ load"].map((what) => `${name}: ${what}`);
  const ratio = { at_least: wanted.ratio };
  return [
    ...(by === "wall_ms" ? [{ measure: speed ?? "", unit: "×" as const, figures: ratios(by), wanted: ratio }] : []),
    { measure: effort ?? "", unit: "×", figures: ratios("cpu_ms"), ...(by === "cpu_ms" ? { wanted: ratio } : {}) },
    {
      measure: `${name}: resident memory`,
      unit: "MB",
      figures: spread(measured.map(({ ours }) => ours.peak_mb)),
      wanted: { at_most: wanted.mb },
    },
  ];
}
