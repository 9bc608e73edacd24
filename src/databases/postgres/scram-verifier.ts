import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/** Postgres's own defaults. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * What a server stores of a password (RFC 5803), so that the password itself need not appear in a statement, which
 * servers write to their logs. Undefined for a password that is not plain ASCII: the server has to normalise that one.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(SALT_BYTES)): string | undefined {
  if (!/^[\x20-\x7e]+$/.test(password)) return undefined;
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
