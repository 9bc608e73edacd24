import { createHash, createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { matchesGlob } from "../file-source/glob.ts";
import type { SftpOptions } from "./sftp-options.ts";

/** A key that a server is known by. */
interface KnownKey {
  type: string;
  fingerprint: string;
  revoked: boolean;
}

/** What is known of a server's keys before it is asked. */
export interface KnownHost {
  /** Kinds of keys, those that are known: the server is asked for one of them. Empty when none is. */
  algorithms: string[];
  /** Undefined when the key is the server's. */
  refusal(key: Buffer): HostRefusal | undefined;
}

export interface HostRefusal {
  fingerprint: string;
  why: "unknown" | "changed" | "revoked";
  /** Where it would have to stand. */
  where: string;
}

export async function knownHost(options: SftpOptions, workspace: string): Promise<KnownHost> {
  const { host_fingerprint } = options;
  if (host_fingerprint !== undefined) {
    const wanted = [host_fingerprint].flat().map((text) => text.replace(/=$/, ""));
    return {
      algorithms: [],
      refusal(key) {
        const fingerprint = fingerprintOf(key);
        return wanted.includes(fingerprint)
          ? undefined
          : { fingerprint, why: "changed", where: "the option `host_fingerprint`" };
      },
    };
  }
  const keys = await keysIn(pathOf(options.known_hosts, workspace), options);
  return {
    algorithms: keys.filter((key) => !key.revoked).flatMap(({ type }) => ALGORITHMS[type] ?? [type]),
    refusal: (key) => refusalOf(key, keys, options.known_hosts),
  };
}

/** One kind of key may prove itself by several signatures. */
const ALGORITHMS: Readonly<Record<string, string[]>> = { "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"] };

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function refusalOf(key: Buffer, known: readonly KnownKey[], where: string): HostRefusal | undefined {
  const fingerprint = fingerprintOf(key);
  const same = known.filter((one) => one.fingerprint === fingerprint);
  if (same.some(({ revoked }) => revoked)) return { fingerprint, why: "revoked", where };
  if (same.length > 0) return undefined;
  return { fingerprint, why: known.some(({ revoked }) => !revoked) ? "changed" : "unknown", where };
}

function pathOf(file: string, workspace: string): string {
  return file.startsWith("~/") ? join(homedir(), file.slice(2)) : resolve(workspace, file);
}

async function keysIn(path: string, { host, port }: SftpOptions): Promise<KnownKey[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const name = port === 22 ? host : `[${host}]:${port}`;
  return text.split(/\r?\n/).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith("@") ? fields.shift() : undefined;
    const [names = "", type = "", key = ""] = fields;
    if (names.startsWith("#") || key === "" || marker === "@cert-authority" || !isNamed(names, name.toLowerCase()))
      return [];
    return [{ type, fingerprint: fingerprintOf(Buffer.from(key, "base64")), revoked: marker === "@revoked" }];
  });
}

/** Names are patterns parted by commas, some of them with `!`, or one name that is hashed. */
function isNamed(names: string, name: string): boolean {
  const [, salt = "", hash] = /^\|1\|([^|]+)\|(.+)$/.exec(names) ?? [];
  if (hash !== undefined) return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  const patterns = names.toLowerCase().split(",");
  const matches = (pattern: string) =>
    pattern === name || (/[*?]/.test(pattern) && matchesGlob(name, pattern.replace(/[[\]]/g, "\\$&")));
  if (patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1)))) return false;
  return patterns.some(matches);
}
