import type { Measured, Spread } from "./measured-process.ts";

/** One measured figure beside what it ought to be. */
export interface Figure {
  measure: string;
  unit: "×" | "ms" | "MB" | "%" | "/s" | "records/s" | "events";
  figures: Spread;
  wanted: string;
}

export function printFigures(figures: readonly Figure[]): void {
  const shown = figures.map(({ measure: what, unit, figures: spread, wanted }) => {
    const digits = unit === "×" ? 2 : unit === "ms" && spread.max < 20 ? 1 : 0;
    const [min, median, max] = [spread.min, spread.median, spread.max].map((value) => value.toFixed(digits));
    return { measure: what, unit, min, median, max, wanted };
  });
  console.table(shown);
}

/** `3120 ms, 141 MB`: for the lines that tell how far a bench is. */
export function describeMeasured({ wall_ms, peak_mb }: Measured): string {
  return `${Math.round(wall_ms)} ms, ${Math.round(peak_mb)} MB`;
}
