import { gzipSync } from "node:zlib";
import { S3_SECRETS, s3Bucket, startS3 } from "../vendors/s3-server.ts";

/** Enough for several batches of each format. */
const ROWS = 6_000;

/** One stream of each format, one of them of two files; listed in several pages. */
export async function prepare() {
  const lines = Array.from({ length: ROWS }, (_, id) => `{"id":${id},"name":"Row ${id}","tags":["é",null]}`);
  const csv = (from: number) =>
    `id;note\n${Array.from({ length: ROWS }, (_, i) => `${from + i};"a ""${i}""\n"`).join("\n")}\n`;
  const bucket = s3Bucket(
    {
      "in/lines.ndjson": `${lines.join("\n")}\n`,
      "in/list.json": `{"items":[${lines.join(",\n")}]}`,
      "in/table-1.csv.gz": gzipSync(csv(0)),
      "in/table-2.csv": csv(ROWS),
      "in/other.txt": "x",
    },
    { page: 2 },
  );
  const vendor = await startS3(bucket);
  const path = ["in/lines.*", "in/list.json", "in/table-*.csv*"];
  return vendor.fixture({ options: { bucket: "data", endpoint: vendor.url, path }, secrets: { ...S3_SECRETS } });
}
