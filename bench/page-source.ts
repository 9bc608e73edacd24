import type { BenchConnection } from "./bench-workspace.ts";
import { startHelper } from "./helper-process.ts";

export interface PageSource extends AsyncDisposable {
  /** A connection named `pages` that reads them all. */
  connection: BenchConnection;
}

/** A service with so many pages of so many records; see `limits/page-server.ts`. */
export async function startPages({ pages, perPage }: { pages: number; perPage: number }): Promise<PageSource> {
  const helper = await startHelper("page-server.ts", [pages, perPage]);
  return { connection: connectionTo(helper.port), [Symbol.asyncDispose]: () => helper[Symbol.asyncDispose]() };
}

function connectionTo(port: number): BenchConnection {
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
