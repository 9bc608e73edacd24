import { arch, cpus, platform, totalmem } from "node:os";
import type { Measured, Spread } from "./measured-process.ts";

type Limit = { at_least: number } | { at_most: number };

/** One measured figure beside what its median ought to be. */
export interface Figure {
  measure: string;
  unit: "×" | "ms" | "MB" | "%" | "/s" | "records/s" | "events";
  figures: Spread;
  /** In the light form what it usually is. */
  wanted?: Limit;
  /** What fails the light form. */
  bound?: Limit;
}

/** Half as fast as it ought to be, or twice as large, is no noise of the machine. */
const FAR = 2;

export function holds({ figures, wanted }: Pick<Figure, "figures" | "wanted">): boolean {
  if (wanted === undefined) return true;
  return "at_least" in wanted ? figures.median >= wanted.at_least : figures.median <= wanted.at_most;
}

/** Times in seconds depend on the machine, so that they have no bound. */
export function withBounds<F extends Figure>(figures: readonly F[]): F[] {
  return figures.map((figure) => {
    const { unit, wanted } = figure;
    if (wanted === undefined || (unit !== "×" && unit !== "MB")) return figure;
    const bound = "at_least" in wanted ? { at_least: wanted.at_least / FAR } : { at_most: wanted.at_most * FAR };
    return { ...figure, bound };
  });
}

/** Figures beyond their bound. */
export function farOff<F extends Figure>(figures: readonly F[]): F[] {
  return figures.filter(
    ({ figures: spread, bound }) => bound !== undefined && !holds({ figures: spread, wanted: bound }),
  );
}

/** `csv append: processor time, limit ÷ load: 0.19, bound ≥ 0.21` */
export function describeFarOff({ measure: what, unit, figures, bound }: Figure): string {
  return `${what}: ${figures.median.toFixed(unit === "×" ? 2 : 0)}, bound ${limitText(unit, bound)}`;
}

export function printFigures(figures: readonly Figure[]): void {
  console.table(tableOf(figures));
}

/** A row for each figure; `holds` is empty where it does. */
export function tableOf(figures: readonly Figure[]): Record<string, string>[] {
  const isBound = figures.some(({ bound }) => bound !== undefined);
  return figures.map((figure) => {
    const { measure: what, unit, figures: spread, wanted, bound } = figure;
    const digits = unit === "×" ? 2 : unit === "ms" && spread.max < 20 ? 1 : 0;
    const [min = "", median = "", max = ""] = [spread.min, spread.median, spread.max].map((value) =>
      value.toFixed(digits),
    );
    const row = { measure: what, unit, min, median, max };
    if (!isBound) return { ...row, wanted: limitText(unit, wanted), holds: holds(figure) ? "" : "no" };
    const isFar = farOff([figure]).length > 0;
    return {
      ...row,
      usual: limitText(unit, wanted).replace(/^[≥≤] /, ""),
      bound: limitText(unit, bound),
      holds: isFar ? "no" : "",
    };
  });
}

function limitText(unit: Figure["unit"], limit: Limit | undefined): string {
  if (limit === undefined) return "";
  const [sign, value] = "at_least" in limit ? ["≥", limit.at_least] : ["≤", limit.at_most];
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
