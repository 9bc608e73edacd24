import { z } from "zod";

/** Where a bucket is and how one gets in. */
export const s3Options = {
  bucket: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$/, "must be the name alone: no s3://, no path")
    .describe("Name of the bucket."),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/, "must be the name of a region, such as eu-central-1")
    .optional()
    .describe("Region of the bucket. Default: that of the profile, else us-east-1."),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address of an S3-compatible store, for example https://minio.example.com:9000. Amazon's unless given."),
  path_style: z
    .boolean()
    .optional()
    .describe("Whether the bucket stands in the path instead of the host's name. Default: true with an endpoint."),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe("Profile of ~/.aws/credentials to log in with, in place of the secrets."),
  anonymous: z.boolean().default(false).describe("Read a public bucket without a login."),
  requester_pays: z.boolean().default(false).describe("Pay for reading, where the bucket asks for it."),
  ca: z.string().min(1).optional().describe("File of certificate authorities to trust besides the usual ones."),
};

export const s3Secrets = {
  access_key_id: z.string().min(1).optional().describe("Access key of a user or role that may read the bucket."),
  secret_access_key: z.string().min(1).optional().describe("Secret of that access key."),
  session_token: z.string().min(1).optional().describe("Session token, of temporary credentials only."),
};

export type S3Options = z.output<z.ZodObject<typeof s3Options>>;
export type S3Secrets = z.output<z.ZodObject<typeof s3Secrets>>;

/** `https://bucket.s3.eu-central-1.amazonaws.com`, without a slash behind it. */
export function bucketAddress(options: S3Options, region: string): string {
  const { bucket, endpoint, path_style } = options;
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(endpoint ?? `https://s3.${region}.${suffix}`);
  // A certificate for *.s3.amazonaws.com does not hold for names with further dots.
  const inPath = path_style ?? (endpoint !== undefined || bucket.includes("."));
  if (!inPath) url.hostname = `${bucket}.${url.hostname}`;
  const base = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  return inPath ? `${base}/${bucket}` : base;
}
