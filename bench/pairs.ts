import { type Measured, spread } from "./measured-process.ts";
import { describeMeasured, type Figure } from "./report.ts";

export interface Contest {
  name: string;
  pairs: number;
  limit(): Promise<Measured>;
  load(): Promise<Measured>;
  /** At least this ratio limit ÷ load, and at most this memory. */
  wanted: { ratio: number; mb: number };
}

/** Runs limit and load in turn, so that whatever else the machine does meets both, and compares each load with its limit. */
export async function runPairs({ name, pairs, limit, load, wanted }: Contest): Promise<Figure[]> {
  const ratios: number[] = [];
  const peaks: number[] = [];
  for (let pair = 1; pair <= pairs; pair++) {
    const bare = await limit();
    const ours = await load();
    ratios.push(bare.wall_ms / ours.wall_ms);
    peaks.push(ours.peak_mb);
    process.stderr.write(`${name} ${pair}/${pairs}: limit ${describeMeasured(bare)}, load ${describeMeasured(ours)}\n`);
  }
  return [
    {
      measure: `${name}: speed of the limit`,
      unit: "×",
      figures: spread(ratios),
      wanted: `≥ ${wanted.ratio.toFixed(2)}`,
    },
    { measure: `${name}: resident memory`, unit: "MB", figures: spread(peaks), wanted: `≤ ${wanted.mb}` },
  ];
}
