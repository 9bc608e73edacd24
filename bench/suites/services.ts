import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type BenchWorkspace, ROOT } from "../bench-workspace.ts";
import { spread } from "../measured-process.ts";
import type { Figure } from "../report.ts";
import type { BenchSettings } from "./suite.ts";

const SHAPES = [
  { pages: 10_000, perPage: 100 },
  { pages: 1_000, perPage: 1_000 },
] as const;
const RUNS = 3;

/** A service that is not the limit, read over one connection; many pages, so that memory that grows with them shows. */
export async function benchServices(ws: BenchWorkspace, _settings: BenchSettings): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const shape of SHAPES) {
    await using server = await startPages(shape);
    await ws.use([connectionTo(server.port)]);
    const speeds: number[] = [];
    const peaks: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      await ws.forget("pages");
      const { wall_ms, peak_mb } = await ws.run("pages");
      await assertComplete(ws, shape.pages * shape.perPage);
      speeds.push((shape.pages * shape.perPage * 1000) / wall_ms);
      peaks.push(peak_mb);
      process.stderr.write(`rest_api ${run + 1}/${RUNS}: ${Math.round(wall_ms)} ms, ${Math.round(peak_mb)} MB\n`);
    }
    const name = `rest_api append, ${shape.pages} pages of ${shape.perPage}`;
    found.push({ measure: `${name}: speed`, unit: "records/s", figures: spread(speeds), wanted: "≥ 60000" });
    found.push({ measure: `${name}: resident memory`, unit: "MB", figures: spread(peaks), wanted: "≤ 200" });
  }
  return found;
}

interface PageServer extends AsyncDisposable {
  port: number;
}

async function startPages({ pages, perPage }: { pages: number; perPage: number }): Promise<PageServer> {
  const script = join(ROOT, "bench", "limits", "page-server.ts");
  const child = spawn(process.execPath, [script, String(pages), String(perPage)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout, "data");
  return {
    port: Number(String(said)),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "close");
      child.stdin.end();
      await ended;
    },
  };
}

function connectionTo(port: number) {
  const streams = {
    records: {
      path: "/records",
      records: "records",
      paginate: { type: "next_url", path: "next" },
      primary_key: ["id"],
      mode: "append",
      cursor: { field: "id", ordered: "asc", inclusive: false },
    },
  };
  const options = { base_url: `http://127.0.0.1:${port}`, concurrency: 1, streams };
  return { name: "pages", type: "rest_api", schema: { options } };
}

async function assertComplete(ws: BenchWorkspace, rows: number): Promise<void> {
  const [found] = await ws.query("select count(*)::int8 as n, sum(id)::int8 as sum from pages.records");
  if (Number(found?.["n"]) === rows && Number(found?.["sum"]) === (rows * (rows + 1)) / 2) return;
  throw new Error(`${rows} records were served and the table holds ${JSON.stringify(found)}`);
}
