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
  sslcert?: string;
  sslkey?: string;
}

/** How to encrypt a connection to that address. Throws destination_tls when one of its files cannot be read. */
export async function tlsOptions(address: TlsAddress): Promise<ConnectionOptions> {
  const own = await ownCertificate(address);
  const verifies = verification(address);
  if (verifies === "nothing") return { rejectUnauthorized: false, ...own };
  const ca = address.sslrootcert === undefined ? {} : { ca: await readPem("sslrootcert", address.sslrootcert) };
  const anyName = verifies === "signer" ? { checkServerIdentity: () => undefined } : {};
  return { rejectUnauthorized: true, ...own, ...ca, ...anyName };
}

function verification(address: TlsAddress): "nothing" | "signer" | "signer_and_name" {
  if (address.sslmode === "verify-full") return "signer_and_name";
  if (address.sslmode === "verify-ca") return "signer";
  return address.sslmode === "require" && address.sslrootcert !== undefined ? "signer" : "nothing";
}

/** A key may stand in the same file as its certificate. */
async function ownCertificate({ sslcert, sslkey = sslcert }: TlsAddress): Promise<ConnectionOptions> {
  if (sslcert === undefined || sslkey === undefined) return {};
  return { cert: await readPem("sslcert", sslcert), key: await readPem("sslkey", sslkey) };
}

const PEM_FILES = {
  sslrootcert: ["the root certificate", "leave it out to trust the system's"],
  sslcert: ["the client certificate", "leave it out to log in without one"],
  sslkey: ["the key of the client certificate", "leave it out if the key is in the file of the certificate"],
} as const;

async function readPem(option: keyof typeof PEM_FILES, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const [file, otherwise] = PEM_FILES[option];
    const what = (cause as NodeJS.ErrnoException).code ?? "an unknown error";
    throw new SluiceError(
      "destination_tls",
      `reading ${file} ${path}: ${what}. Correct \`${option}\`, or ${otherwise}.`,
      { cause },
    );
  }
}
