import { gzipSync } from "node:zlib";
import type { ConformanceFixture } from "../../src/connector/conformance/open-fixture.ts";
import { startSftp } from "../vendors/sftp-server.ts";

/** Enough for several batches of each format. */
const ROWS = 6_000;

/** One stream of each format, one of them of two files. */
export async function prepare(): Promise<ConformanceFixture> {
  const lines = Array.from({ length: ROWS }, (_, id) => `{"id":${id},"name":"Row ${id}","tags":["é",null]}`);
  const csv = (from: number) =>
    `id;note\n${Array.from({ length: ROWS }, (_, i) => `${from + i};"a ""${i}""\n"`).join("\n")}\n`;
  const server = await startSftp(
    { username: "ada", password: "correct horse" },
    {
      "in/lines.ndjson": `${lines.join("\n")}\n`,
      "in/list.json": `{"items":[${lines.join(",\n")}]}`,
      "in/table-1.csv.gz": gzipSync(csv(0)),
      "in/table-2.csv": csv(ROWS),
    },
  );
  const where = { host: "127.0.0.1", port: server.port, username: "ada", host_fingerprint: server.fingerprint };
  return {
    workspace: "/nonexistent",
    options: { ...where, path: ["in/lines.*", "in/list.json", "in/table-*.csv*"] },
    secrets: { password: "correct horse" },
    async close() {
      await server[Symbol.asyncDispose]();
    },
  };
}
