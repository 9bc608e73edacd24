import { ConnectorError } from "../connector-error.ts";
import type { FoundFile } from "../file-source/file-store.ts";
import { fixedPrefix, isGlob, matchesGlob } from "../file-source/glob.ts";
import type { S3Client } from "./s3-client.ts";
import { headOf, proofOfObject } from "./s3-object.ts";
import { childrenOf, textIn, xmlRoot } from "./s3-xml.ts";

/** The objects that the pattern names; folder markers are no files. */
export function listObjects(client: S3Client, pattern: string): AsyncGenerator<FoundFile> {
  return isGlob(pattern) ? matchingObjects(client, pattern) : oneObject(client, pattern);
}

/** A key without a glob is looked at by itself, so that reading it takes no right to list. */
async function* oneObject(client: S3Client, key: string): AsyncGenerator<FoundFile> {
  if (key.endsWith("/")) {
    const message = `looking for ${key}: it is a folder. Name its objects in the option \`path\`: ${key}*.csv`;
    throw new ConnectorError("connection_invalid", message, { details: { path: key } });
  }
  const { size, proof } = await headOf(client, key);
  yield { key, path: key, size, ...(proof === undefined ? {} : { proof }) };
}

async function* matchingObjects(client: S3Client, pattern: string): AsyncGenerator<FoundFile> {
  const prefix = fixedPrefix(pattern);
  // What lies in folders below cannot match: S3 leaves it out.
  const level = pattern.slice(prefix.length).includes("/") || pattern.includes("**") ? {} : { delimiter: "/" };
  const query = { "list-type": "2", "encoding-type": "url", prefix, ...level };
  let next: { "continuation-token"?: string } = {};
  for (let page = 1; ; page++) {
    const { objects, token } = await listPage(client, { ...query, ...next }, page);
    yield* objects.filter(({ key }) => !key.endsWith("/") && matchesGlob(key, pattern));
    if (token === undefined) return;
    if (token === next["continuation-token"]) throw repeated(client, page);
    next = { "continuation-token": token };
  }
}

async function listPage(
  client: S3Client,
  query: Readonly<Record<string, string>>,
  page: number,
): Promise<{ objects: FoundFile[]; token: string | undefined }> {
  const doing = `listing ${client.name}/${query["prefix"]} (page ${page})`;
  const answer = await client.get("", { query, doing });
  const root = xmlRoot(await answer.text());
  if (root?.name !== "ListBucketResult") {
    const message = `${doing}: the answer is no list of objects. Check the options \`endpoint\` and \`path_style\`.`;
    throw new ConnectorError("source_format", message, { details: { url: answer.url } });
  }
  const isEncoded = textIn(root, "EncodingType") === "url";
  const objects = childrenOf(root, "Contents").map((object) => {
    const written = textIn(object, "Key") ?? "";
    const key = isEncoded ? decodeURIComponent(written.replaceAll("+", " ")) : written;
    const size = Number(textIn(object, "Size"));
    const proof = proofOfObject(size, textIn(object, "ETag"));
    return { key, path: key, size, ...(proof === undefined ? {} : { proof }) };
  });
  const more = textIn(root, "IsTruncated") === "true" ? textIn(root, "NextContinuationToken") : undefined;
  return { objects, token: more };
}

function repeated({ name }: S3Client, page: number): ConnectorError {
  const message = `listing ${name}: page ${page} names itself as the next one. The fault is the store's.`;
  return new ConnectorError("source_page_repeated", message, { details: { page } });
}
