import type { Client, ConnectConfig, SFTPWrapper } from "ssh2";
import { connectFailure } from "../connect-failure.ts";
import { ConnectorError, type ConnectorErrorCode } from "../connector-error.ts";
import type { ConnectorContext } from "../define-connector.ts";
import { type HostRefusal, knownHost } from "./host-keys.ts";
import type { SftpOptions, SftpSecrets } from "./sftp-options.ts";
import { SftpStatus } from "./sftp-status.ts";

const CONNECT_MS = 20_000;
const KEEPALIVE_MS = 15_000;

export type SftpContext = Pick<
  ConnectorContext<SftpOptions, SftpSecrets>,
  "options" | "secrets" | "signal" | "workspace" | "connection" | "defer"
>;

/** A login on a server. */
export interface SftpSession {
  /** `sftp://ada@example.com` */
  name: string;
  /** Calls a method that ends with a callback; fails at once when the run is stopped or the connection breaks. */
  call<T>(
    doing: string,
    work: (sftp: SFTPWrapper, done: (error?: Error | null, result?: T) => void) => void,
  ): Promise<T>;
}

/** Logs in; the connection ends with the run. The library is loaded with the first login. */
export async function openSftp(ctx: SftpContext): Promise<SftpSession> {
  const { options, signal } = ctx;
  const name = `sftp://${options.username}@${options.host}${options.port === 22 ? "" : `:${options.port}`}`;
  const { default: ssh2 } = await import("ssh2");
  const host = await knownHost(options, ctx.workspace);
  const config: ConnectConfig = {
    ...{ host: options.host, port: options.port, username: options.username },
    ...{ readyTimeout: CONNECT_MS, keepaliveInterval: KEEPALIVE_MS },
    ...loginOf(ctx, ssh2.utils.parseKey),
    ...(host.algorithms.length === 0 ? {} : { algorithms: { serverHostKey: host.algorithms as never } }),
  };
  const client = new ssh2.Client();
  ctx.defer(() => void client.destroy());
  let refusal: HostRefusal | undefined;
  const verify = (key: Buffer) => {
    refusal = host.refusal(key);
    return refusal === undefined;
  };
  const broken = brokenPromise(client, signal);
  const opened = connect(client, { ...config, hostVerifier: verify });
  try {
    const sftp = await Promise.race([opened, broken]);
    return { name, call: (doing, work) => call({ sftp, broken, name }, doing, work) };
  } catch (error) {
    signal.throwIfAborted();
    throw refusal === undefined ? loginFailure(error as SshError, name, ctx) : notThatHost(refusal, name);
  }
}

type SshError = Error & { level?: string; code?: string | number };

/** Rejects when nothing will be answered any more. */
function brokenPromise(client: Client, signal: AbortSignal): Promise<never> {
  const broken = new Promise<never>((_, reject) => {
    client.on("error", reject).on("close", () => reject(new Error("the connection was closed")));
    const abort = () => {
      reject(signal.reason);
      client.destroy();
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    client.on("close", () => signal.removeEventListener("abort", abort));
  });
  broken.catch(() => undefined);
  return broken;
}

function connect(client: Client, config: ConnectConfig): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.on("ready", () => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))));
    // Servers that ask for the password as a question get it as an answer.
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => config.password ?? "")),
    );
    client.connect(config);
    // Requests are small and wait for their answers: holding them back to fill packets costs 40 ms each.
    client.setNoDelay(true);
  });
}

function loginOf(ctx: SftpContext, parseKey: typeof import("ssh2").utils.parseKey): ConnectConfig {
  const { password, private_key, passphrase } = ctx.secrets;
  if (password === undefined && private_key === undefined) {
    throw failure(
      "secret_missing",
      "logging in: neither the secret `password` nor `private_key` is set. Set one of them.",
    );
  }
  const byPassword = password === undefined ? {} : { password, tryKeyboard: true };
  if (private_key === undefined) return byPassword;
  const key = parseKey(private_key, passphrase);
  if (!(key instanceof Error))
    return { ...byPassword, privateKey: private_key, ...(passphrase === undefined ? {} : { passphrase }) };
  const secret = /passphrase|decrypt|integrity/i.test(key.message) ? "passphrase" : "private_key";
  const code = passphrase === undefined && secret === "passphrase" ? "secret_missing" : "credentials_rejected";
  const message = `logging in: the private key cannot be used (${key.message}). Set the secret \`${secret}\` anew with \`sluice secrets set ${ctx.connection} ${secret}\`.`;
  throw failure(code, message);
}

async function call<T>(
  { sftp, broken, name }: { sftp: SFTPWrapper; broken: Promise<never>; name: string },
  doing: string,
  work: (sftp: SFTPWrapper, done: (error?: Error | null, result?: T) => void) => void,
): Promise<T> {
  const answered = new Promise<T>((resolve, reject) => {
    work(sftp, (error, result) => (error ? reject(error) : resolve(result as T)));
  });
  try {
    return await Promise.race([answered, broken]);
  } catch (error) {
    const { code, message, name: kind } = error as SshError;
    if (kind === "AbortError" || !(error instanceof Error)) throw error;
    if (typeof code === "number") throw new SftpStatus(code, message);
    throw failure(
      "source_lost",
      `${doing}: the connection to ${name} broke (${message}). Run again: it goes on from the last checkpoint.`,
      error,
    );
  }
}

function loginFailure(error: SshError, name: string, { secrets, connection }: SftpContext): ConnectorError {
  if (error.level === "client-authentication") {
    const secret = secrets.private_key === undefined ? "password" : "private_key";
    const also = secrets.private_key !== undefined && secrets.password !== undefined ? " or `password`" : "";
    return failure(
      "credentials_rejected",
      `logging in to ${name}: the server accepts neither user nor login. Check the option \`username\`, or set the secret \`${secret}\`${also} anew with \`sluice secrets set ${connection} ${secret}\`.`,
      error,
    );
  }
  const why = connectFailure(error.code) ?? (error.message || String(error.code ?? error));
  if (error.level === "protocol" || error.level === "handshake") {
    return failure(
      "source_refused",
      `logging in to ${name}: the server and Sluice cannot agree (${why}). Check that it speaks SFTP there, with keys and ciphers of today.`,
      error,
    );
  }
  return failure(
    "source_unreachable",
    `connecting to ${name}: ${why}. Check the options \`host\` and \`port\` and the network.`,
    error,
  );
}

function notThatHost({ fingerprint, why, where }: HostRefusal, name: string): ConnectorError {
  const compare =
    "Compare it with what the server's administrator says, or on the server itself with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`";
  const texts = {
    unknown: `its key ${fingerprint} is not known. ${compare}; if it is the same, set the option \`host_fingerprint\` to it or add the server to ${where}.`,
    changed: `its key ${fingerprint} is not the one in ${where}. The server was set up anew, or somebody stands between. ${compare}; only if it is the same, put it there.`,
    revoked: `its key ${fingerprint} is revoked in ${where}. Do not use this server before its administrator has given it another key.`,
  };
  return failure("source_tls", `connecting to ${name}: ${texts[why]}`, undefined, { fingerprint });
}

function failure(code: ConnectorErrorCode, message: string, cause?: unknown, details = {}): ConnectorError {
  return new ConnectorError(code, message, { cause, details });
}
