import {
  type ConnectorContext,
  defineConnector,
  fileOptions,
  fileStreams,
  findFiles,
  openSftp,
  pathOption,
  sftpOptions,
  sftpSecrets,
  sftpStore,
  z,
} from "sluice/connector";

const options = z.strictObject({
  ...sftpOptions,
  path: pathOption(
    "A file, a glob such as /exports/*.csv, or a list of them. Relative paths start where the login does.",
  ),
  ...fileOptions,
});

const secrets = z.strictObject(sftpSecrets);

export default defineConnector({
  name: "sftp",
  title: "SFTP",
  description: "Files on a server that is reached by SSH; each is loaded once, grown ones from where they were left.",
  options,
  secrets,
  neededSecrets: () => [{ secret: "password", or: ["private_key"] }],
  guide: {
    credentials: `1. Let the server's administrator make a user that may read the folder and nothing more (with OpenSSH: \`ForceCommand
   internal-sftp -R\`, which permits no write).
2. \`sluice secrets set <connection> password\`, or \`private_key\` (its text; \`private_key = "file:PATH"\` in \`.dlt/secrets.toml\`
   names a file instead) and, if it has one, \`passphrase\`.
3. The server must be known: its key stands in \`~/.ssh/known_hosts\`, or its fingerprint in the option \`host_fingerprint\`.
   \`sluice connections test\` of an unknown server shows the fingerprint that it has; compare it before you set it.`,
    streams:
      "One for each path, named after its files: `/exports/orders-*.csv` is `orders`. With `stream` all paths are one. Rows are appended unless the stream has another mode.",
    limits:
      "One connection for each stream that is read. A file is read in blocks of 1 MiB, of which the next one is under way while one is worked on. A glob lists the folders that it can match in, and no others.",
    deletes: "Rows of a file that is deleted stay.",
    notes: `A file whose size and time are as they were is not opened. SFTP tells times in whole seconds of the server's clock, so
that a file is believed to be the same only if its last change was more than a minute before it was read; others are read
again and compared. One that has grown is read from its beginning: if it begins with what was loaded, its rest is loaded,
otherwise it has changed (\`on_changed\`). A run that was killed within a file goes on behind the last row that was stored,
without reading what is before it, if the file is proven to be the same and is neither packed nor in another encoding than
UTF-8.`,
    example: { host: "files.example.com", username: "reader", path: "/exports/orders-*.csv" },
  },

  async check(ctx) {
    const session = await openSftp(ctx);
    const store = sftpStore(session);
    const { message, details, warnings, found } = await findFiles(store, ctx.options);
    const [first] = found;
    if (first !== undefined) await (await store.open(first, { signal: ctx.signal, chunkBytes: 1 })).close();
    return { message: `${message}; logged in as ${ctx.options.username} on ${ctx.options.host}`, details, warnings };
  },

  streams: async (ctx: Context) => fileStreams(ctx, async (reading) => sftpStore(await openSftp(reading))),
});

type Context = ConnectorContext<z.output<typeof options>, z.output<typeof secrets>>;
