import type { FileStore } from "../file-source/file-store.ts";
import { listObjects } from "./list-objects.ts";
import type { S3Client } from "./s3-client.ts";
import { S3Object } from "./s3-object.ts";

/** The objects of a bucket as files. Globs follow the rules that hold for files. */
export function s3Store(client: S3Client): FileStore {
  return {
    list: (pattern) => listObjects(client, pattern),
    open: (file, how) => S3Object.open(client, file, how),
  };
}
