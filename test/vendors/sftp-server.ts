import { createHash, generateKeyPairSync, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import ssh2, { type Attributes, type AuthContext, type FileEntry, type SFTPWrapper } from "ssh2";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

export interface RemoteTestFile {
  body: Buffer;
  /** Seconds since 1970. */
  mtime: number;
  /** Nobody may read it. */
  locked?: boolean;
}

/** A server that speaks SFTP over a real connection, with files in memory. */
export interface SftpServer extends AsyncDisposable {
  port: number;
  /** `SHA256:…` of its key. */
  fingerprint: string;
  /** A line of known_hosts without the names. */
  publicKey: string;
  files: Map<string, RemoteTestFile>;
  /** Ranges that were read, and folders that were listed. */
  reads: { path: string; offset: number; length: number }[];
  listed: string[];
  logins: string[];
  /** Called before each read: to break off, or to change something. */
  onRead: ((count: number) => void) | undefined;
  /** Ends all connections as a broken network would. */
  breakOff(): void;
  /** Nothing is answered any more. */
  silent: boolean;
}

export interface SftpLogin {
  username: string;
  password?: string;
  /** In OpenSSH's form. */
  publicKey?: string;
}

const FILE_MODE = 0o100644;
const FOLDER_MODE = 0o040755;

export async function startSftp(
  login: SftpLogin,
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<SftpServer> {
  const hostKey = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  }).privateKey;
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const blob = parsed.getPublicSSH();
  const open = new Set<{ end(): void; destroy?(): void }>();
  const server: SftpServer = {
    ...{ port: 0, reads: [], listed: [], logins: [], onRead: undefined, silent: false },
    fingerprint: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
    publicKey: `ssh-rsa ${blob.toString("base64")}`,
    files: new Map(
      Object.entries(files).map(([path, body]) => [path, { body: Buffer.from(body), mtime: 1_750_000_000 }]),
    ),
    breakOff() {
      for (const client of open) (client as unknown as { _sock: { destroy(): void } })._sock.destroy();
    },
    async [Symbol.asyncDispose]() {
      this.breakOff();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  const listener = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    open.add(client);
    (client as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    client
      .on("error", () => undefined)
      .on("close", () => open.delete(client))
      .on("authentication", (context) => {
        server.logins.push(context.method);
        if (isAdmitted(context, login)) context.accept();
        else context.reject(["password", "publickey"]);
      })
      .on("ready", () => client.on("session", (accept) => accept().on("sftp", (start) => serve(start(), server))));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  server.port = (listener.address() as AddressInfo).port;
  return server;
}

function isAdmitted(context: AuthContext, login: SftpLogin): boolean {
  if (context.username !== login.username) return false;
  if (context.method === "password")
    return login.password !== undefined && isSame(Buffer.from(context.password), Buffer.from(login.password));
  if (context.method !== "publickey" || login.publicKey === undefined) return false;
  const known = ssh2.utils.parseKey(login.publicKey);
  if (known instanceof Error || !isSame(known.getPublicSSH(), context.key.data)) return false;
  return (
    context.signature === undefined ||
    known.verify(context.blob as Buffer, context.signature, context.hashAlgo) === true
  );
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function serve(sftp: SFTPWrapper, server: SftpServer): void {
  const handles = new Map<string, { path: string; listed?: boolean }>();
  let count = 0;
  const keep = (path: string): Buffer => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(++count);
    handles.set(handle.toString("hex"), { path });
    return handle;
  };
  const clean = (path: string) => path.replace(/\/+$/, "").replace(/^\.\/?/, "");
  const of = (handle: Buffer) => handles.get(handle.toString("hex"));
  const answer = (id: number, path: string) => {
    const attrs = attributesOf(server, clean(path));
    if (attrs === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    else sftp.attrs(id, attrs);
  };
  sftp
    .on("OPEN", (id, path, flags) => {
      if (server.silent) return;
      const file = server.files.get(path);
      if (file === undefined) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      if (file.locked || flags !== OPEN_MODE.READ) return sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
      sftp.handle(id, keep(path));
    })
    .on("READ", (id, handle, offset, length) => {
      if (server.silent) return;
      const { path = "" } = of(handle) ?? {};
      server.reads.push({ path, offset, length });
      server.onRead?.(server.reads.length);
      const part = server.files.get(path)?.body.subarray(offset, offset + length) ?? Buffer.alloc(0);
      if (part.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, part);
    })
    .on("FSTAT", (id, handle) => answer(id, of(handle)?.path ?? ""))
    .on("STAT", (id, path) => (server.silent ? undefined : answer(id, path)))
    .on("LSTAT", (id, path) => answer(id, path))
    .on("CLOSE", (id, handle) => {
      handles.delete(handle.toString("hex"));
      sftp.status(id, STATUS_CODE.OK);
    })
    .on("OPENDIR", (id, path) => {
      if (server.silent) return;
      if (attributesOf(server, clean(path)) === undefined) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      server.listed.push(path);
      sftp.handle(id, keep(clean(path)));
    })
    .on("READDIR", (id, handle) => {
      const folder = of(handle);
      if (folder === undefined || folder.listed) return sftp.status(id, STATUS_CODE.EOF);
      folder.listed = true;
      sftp.name(id, entriesOf(server, folder.path));
    });
}

function entriesOf(server: SftpServer, folder: string): FileEntry[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const names = new Set(
    [...server.files.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split("/")[0] ?? ""),
  );
  return [...names].map((filename) => ({
    filename,
    longname: filename,
    attrs: attributesOf(server, prefix + filename) as Attributes,
  }));
}

function attributesOf(server: SftpServer, path: string): Attributes | undefined {
  const file = server.files.get(path);
  const shared = { uid: 1000, gid: 1000, atime: 0 };
  if (file !== undefined) return { ...shared, mode: FILE_MODE, size: file.body.length, mtime: file.mtime };
  const isFolder = path === "" || [...server.files.keys()].some((one) => one.startsWith(`${path}/`));
  return isFolder ? { ...shared, mode: FOLDER_MODE, size: 0, mtime: 0 } : undefined;
}
