/** JSON pointers (RFC 6901) that lead through objects only. */
export const JSON_POINTER = /^(\/([^~/]|~[01])*)*$/;

export function pointerKeys(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pointerTo(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The key that is written so in JSON, without its quotes; undefined when it is not well formed. */
export function unescapeKey(written: string): string | undefined {
  if (!written.includes("\\")) return written;
  try {
    return JSON.parse(`"${written}"`) as string;
  } catch {
    return undefined;
  }
}
