import { randomFillSync } from "node:crypto";

/** A UUID version 7 (RFC 9562): sorts by the millisecond it was made in. */
export function uuidv7(now: number = Date.now()): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Names of connections, groups and schedules: `^[a-z][a-z0-9_]{0,62}$` without `__`. */
export const NAME_PATTERN = /^(?!.*__)[a-z][a-z0-9_]{0,62}$/;
