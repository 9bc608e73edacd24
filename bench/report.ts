import { arch, cpus, platform, totalmem } from "node:os";
import type { Measured, Spread } from "./measured-process.ts";

/** One measured figure beside what its median ought to be. */
export interface Figure {
  measure: string;
  unit: "×" | "ms" | "MB" | "%" | "/s" | "records/s" | "events";
  figures: Spread;
  wanted?: { at_least: number } | { at_most: number };
}

/** Beyond this it is no noise: half as fast as it ought to be, or twice as large. */
const FAR = 2;

export function holds({ figures, wanted }: Figure, tolerance = 1): boolean {
  if (wanted === undefined) return true;
  return "at_least" in wanted
    ? figures.median >= wanted.at_least / tolerance
    : figures.median <= wanted.at_most * tolerance;
}

/** Figures that no noise of the machine explains. Times in seconds depend on the machine, so that they do not count. */
export function farOff(figures: readonly Figure[]): Figure[] {
  return figures.filter((figure) => (figure.unit === "×" || figure.unit === "MB") && !holds(figure, FAR));
}

export function printFigures(figures: readonly Figure[]): void {
  console.table(tableOf(figures));
}

function tableOf(figures: readonly Figure[]): object[] {
  return figures.map((figure) => {
    const { measure: what, unit, figures: spread } = figure;
    const digits = unit === "×" ? 2 : unit === "ms" && spread.max < 20 ? 1 : 0;
    const [min, median, max] = [spread.min, spread.median, spread.max].map((value) => value.toFixed(digits));
    return { measure: what, unit, min, median, max, wanted: wantedText(figure), holds: holds(figure) ? "" : "no" };
  });
}

function wantedText({ unit, wanted }: Figure): string {
  if (wanted === undefined) return "";
  const [sign, value] = "at_least" in wanted ? ["≥", wanted.at_least] : ["≤", wanted.at_most];
  return `${sign} ${unit === "×" ? value.toFixed(2) : value}`;
}

/** What a figure is worth nothing without. */
export function describeMachine(postgres: string): Record<string, string | number> {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${arch()}`,
    node: process.version,
    postgres,
  };
}

/** `3120 ms, 2850 ms of processors, 141 MB`: for the lines that tell how far a bench is. */
export function describeMeasured({ wall_ms, cpu_ms, peak_mb }: Measured): string {
  return `${Math.round(wall_ms)} ms, ${Math.round(cpu_ms)} ms of processors, ${Math.round(peak_mb)} MB`;
}
