import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { SluiceError } from "../../core/errors.ts";

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

/**
 * What the modes of libpq mean: `disable` never encrypts; `allow` only if the server insists; `prefer` if the server
 * can; `require` always, without looking at the certificate (with a root certificate: as `verify-ca`);
 * `verify-ca` checks who signed the certificate; `verify-full` also that it is for this host.
 */
export type SslMode = (typeof SSL_MODES)[number];

interface TlsAddress {
  host: string;
  sslmode?: SslMode;
  sslrootcert?: string;
}

/** How to encrypt a connection to that address. Throws destination_tls when the root certificate cannot be read. */
export async function tlsOptions(address: TlsAddress): Promise<ConnectionOptions> {
  const verifies = verification(address);
  if (verifies === "nothing") return { rejectUnauthorized: false };
  const ca = address.sslrootcert === undefined ? {} : { ca: await readRootCertificate(address.sslrootcert) };
  const anyName = verifies === "signer" ? { checkServerIdentity: () => undefined } : {};
  return { rejectUnauthorized: true, ...ca, ...anyName };
}

function verification(address: TlsAddress): "nothing" | "signer" | "signer_and_name" {
  if (address.sslmode === "verify-full") return "signer_and_name";
  if (address.sslmode === "verify-ca") return "signer";
  return address.sslmode === "require" && address.sslrootcert !== undefined ? "signer" : "nothing";
}

async function readRootCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const what = (cause as NodeJS.ErrnoException).code ?? "an unknown error";
    throw new SluiceError(
      "destination_tls",
      `reading the root certificate ${path}: ${what}. Correct \`sslrootcert\`, or leave it out to trust the system's.`,
      { cause },
    );
  }
}
