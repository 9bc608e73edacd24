import {
  type ConnectorContext,
  defineConnector,
  fileOptions,
  fileStreams,
  findFiles,
  openBucket,
  pathOption,
  s3Options,
  s3Secrets,
  s3Store,
  z,
} from "sluice/connector";

const options = z.strictObject({
  ...s3Options,
  path: pathOption("A key, a glob such as orders/*.csv or events/**/*.ndjson.gz, or a list of them."),
  ...fileOptions,
});

const secrets = z.strictObject(s3Secrets);

export default defineConnector({
  name: "s3",
  title: "S3",
  description: "Files in a bucket of Amazon S3 or any store that speaks its language; each is loaded once.",
  options,
  secrets,
  neededSecrets: ({ anonymous, profile }) =>
    anonymous || profile !== undefined
      ? []
      : ["access_key_id", "secret_access_key"].map((secret) => ({
          secret,
          instead: "the option `profile`, or `anonymous` for a public bucket",
        })),
  guide: {
    credentials: `Two rights suffice: \`s3:ListBucket\` on the bucket and \`s3:GetObject\` on its objects. Where \`path\` has no glob, the
second alone does. On Amazon make a user or role with this policy, and an access key for it:

\`\`\`json
{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::my-bucket" },
    { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::my-bucket/*" }
  ]
}
\`\`\`

Then \`sluice secrets set <connection> access_key_id\` and \`secret_access_key\`, for temporary credentials
\`session_token\` too. To take them from the environment write \`access_key_id = "env:AWS_ACCESS_KEY_ID"\` into
\`.dlt/secrets.toml\`. With \`profile\` they are those of \`~/.aws/credentials\`; a public bucket needs \`anonymous\`.`,
    streams:
      "One for each path, named after its files: `orders/2026-*.csv` is `orders`. With `stream` all paths are one. Rows are appended unless the stream has another mode.",
    limits:
      "Objects are listed a thousand at a time from the part of the glob before its first wildcard; only the folder itself is listed where the glob names no folders below it. Objects are fetched in blocks of 4 MiB, each with the ETag that the first one had, two under way at once. `SlowDown` is answered with growing pauses.",
    deletes: "Rows of an object that is deleted stay.",
    notes: `An object whose ETag and size are as they were is not asked for. One that has another ETag is read from its beginning: if it
begins with what was loaded, its rest is loaded, otherwise it has changed (\`on_changed\`). A run that was killed within an
object goes on behind the last row that was stored without fetching what is before it, unless the object is packed or in
another encoding than UTF-8. Hidden files (\`.name\`) are taken only where the glob spells the dot. Objects in Glacier have to
be restored first.`,
    example: { bucket: "my-bucket", region: "eu-central-1", path: "orders/*.csv" },
  },

  async check(ctx) {
    const client = await openBucket(ctx);
    const store = s3Store(client);
    const { message, details, warnings, found } = await findFiles(store, ctx.options);
    const [first] = found;
    if (first !== undefined) await (await store.open(first, { signal: ctx.signal, chunkBytes: 1 })).close();
    return { message: `${message} in ${client.name}; ${client.login}`, details, warnings };
  },

  streams: async (ctx: Context) => fileStreams(ctx, async (reading) => s3Store(await openBucket(reading))),
});

type Context = ConnectorContext<z.output<typeof options>, z.output<typeof secrets>>;
