import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ConnectorError } from "../connector-error.ts";

/** A login, as a request is signed with it. */
export interface AwsLogin {
  access_key_id: string;
  secret_access_key: string;
  session_token?: string | undefined;
  region?: string | undefined;
}

/** What `~/.aws/credentials` and `~/.aws/config` have under a profile. @throws ConnectorError `secret_missing` */
export async function readAwsProfile(profile: string, home = homedir()): Promise<AwsLogin> {
  const file = join(home, ".aws", "credentials");
  const found = {
    ...sectionOf(await textOf(join(home, ".aws", "config")), profile === "default" ? profile : `profile ${profile}`),
    ...sectionOf(await textOf(file), profile),
  };
  const { aws_access_key_id, aws_secret_access_key, aws_session_token, region } = found;
  if (aws_access_key_id === undefined || aws_secret_access_key === undefined) throw notThere(profile, file);
  return {
    access_key_id: aws_access_key_id,
    secret_access_key: aws_secret_access_key,
    session_token: aws_session_token,
    region,
  };
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, "utf8").catch(() => "");
}

function sectionOf(text: string, name: string): Record<string, string> {
  const found: Record<string, string> = {};
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (head !== undefined) inside = head === name;
    const [, key, value] = /^([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && key !== undefined && value !== undefined) found[key.toLowerCase()] = value;
  }
  return found;
}

function notThere(profile: string, file: string): ConnectorError {
  return new ConnectorError(
    "secret_missing",
    `logging in to S3: ${file} has no keys under [${profile}]. Correct the option \`profile\`; profiles that log in by SSO, a role or a program have none: set the secrets instead.`,
    { details: { profile } },
  );
}
