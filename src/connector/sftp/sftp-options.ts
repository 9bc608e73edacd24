import { z } from "zod";

/** Where a server is, and how one knows that it is that one. */
export const sftpOptions = {
  host: z
    .string()
    .regex(/^[^\s/@]+$/, "must be a name or an address alone: no sftp://, no user, no path")
    .describe("Name or address of the server."),
  port: z.number().int().min(1).max(65_535).default(22).describe("Its port."),
  username: z.string().min(1).describe("User to log in as."),
  host_fingerprint: z
    .union([fingerprint(), z.array(fingerprint()).min(1)])
    .optional()
    .describe("SHA256:… of the server's key, or a list of them. Without it the key must be in known_hosts."),
  known_hosts: z
    .string()
    .min(1)
    .default("~/.ssh/known_hosts")
    .describe("File of the keys of known servers, as ssh keeps it. Relative paths start at the workspace."),
};

function fingerprint() {
  return z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, "must be as ssh-keygen -l shows it: SHA256:…");
}

export const sftpSecrets = {
  password: z.string().min(1).optional().describe("Password of the user."),
  private_key: z
    .string()
    .min(1)
    .optional()
    .describe('Private key of the user, its text; or "file:PATH" in secrets.toml.'),
  passphrase: z.string().min(1).optional().describe("Passphrase of the private key, if it has one."),
};

export type SftpOptions = z.output<z.ZodObject<typeof sftpOptions>>;
export type SftpSecrets = z.output<z.ZodObject<typeof sftpSecrets>>;
