import type { BenchWorkspace } from "../bench-workspace.ts";
import { assertRows } from "../checksums.ts";
import { spread } from "../measured-process.ts";
import { startPages } from "../page-source.ts";
import { describeMeasured, type Figure } from "../report.ts";
import type { BenchSettings } from "./suite.ts";

const SHAPES = [
  { pages: 10_000, perPage: 100 },
  { pages: 1_000, perPage: 1_000 },
] as const;
const RUNS = 3;

/** A service that is not the limit, read over one connection; many pages, so that memory that grows with them shows. */
export async function benchServices(ws: BenchWorkspace, { scale, light }: BenchSettings): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const { pages: all, perPage } of light ? [] : SHAPES) {
    const pages = Math.round(all * scale);
    await using source = await startPages({ pages, perPage });
    await ws.use([source.connection]);
    const speeds: number[] = [];
    const peaks: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      await ws.forget("pages");
      const measured = await ws.run("pages");
      await assertRows(ws, "pages.records", pages * perPage);
      speeds.push((pages * perPage * 1000) / measured.wall_ms);
      peaks.push(measured.peak_mb);
      process.stderr.write(`rest_api ${run + 1}/${RUNS}: ${describeMeasured(measured)}\n`);
    }
    const name = `rest_api append, ${pages} pages of ${perPage}`;
    const speed = { unit: "records/s" as const, figures: spread(speeds), wanted: { at_least: 60_000 } };
    found.push({ measure: `${name}: speed`, ...speed });
    found.push({ measure: `${name}: resident memory`, unit: "MB", figures: spread(peaks), wanted: { at_most: 200 } });
  }
  return found;
}
