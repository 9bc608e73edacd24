import { z } from "zod";
import { ConnectorError } from "../connector-error.ts";
import type { HttpAuth } from "../http/http-auth.ts";

/** All may be left out: which ones are needed is for the option `auth` to say. */
export const restSecrets = () =>
  z.strictObject({
    token: z.string().min(1).optional().describe("Token of `auth` bearer."),
    api_key: z.string().min(1).optional().describe("Key of `auth` header or query."),
    username: z.string().min(1).optional().describe("User name of `auth` basic, if it is not an option."),
    password: z.string().optional().describe("Password of `auth` basic."),
    client_id: z.string().min(1).optional().describe("Client of `auth` oauth2_…, if it is not an option."),
    client_secret: z.string().min(1).optional().describe("The client's secret of `auth` oauth2_…."),
    refresh_token: z
      .string()
      .min(1)
      .optional()
      .describe("Refresh token of `auth` oauth2_refresh_token; kept up to date when the service replaces it."),
  });

export type RestSecrets = z.output<ReturnType<typeof restSecrets>>;
type SecretName = keyof RestSecrets;

const SECRET_NAMES = [
  "token",
  "api_key",
  "username",
  "password",
  "client_id",
  "client_secret",
  "refresh_token",
] as const;

const secretName = () => z.enum(SECRET_NAMES);
const secret = (name: SecretName) =>
  secretName().default(name).describe(`Which secret holds it; \`${name}\` unless given.`);

const oauth2 = () => ({
  token_url: z.url().describe("Where tokens are asked for."),
  scope: z.string().optional().describe("The scope asked for."),
  params: z.record(z.string(), z.string()).optional().describe("Further fields of the token request, as `audience`."),
  client_auth: z
    .enum(["body", "basic"])
    .optional()
    .describe("Whether the client is named in the body (default) or by basic authentication."),
  client_id: z.string().optional().describe("The client's id, in place of the secret `client_id`."),
});

export const authOptions = () =>
  z
    .discriminatedUnion(
      "type",
      [
        z.strictObject({ type: z.literal("none") }),
        z.strictObject({ type: z.literal("bearer"), secret: secret("token") }),
        z.strictObject({
          type: z.literal("header"),
          name: z.string().min(1).describe("The header: `X-API-Key`."),
          prefix: z.string().default("").describe("Put before the value: `Token `."),
          secret: secret("api_key"),
        }),
        z.strictObject({
          type: z.literal("basic"),
          username: z.string().optional().describe("The user name, in place of the secret `username`."),
          username_secret: secret("username"),
          password_secret: secret("password"),
          no_password: z.boolean().default(false).describe("The password is empty: the user name is the key."),
        }),
        z.strictObject({
          type: z.literal("query"),
          name: z.string().min(1).describe("The query parameter: `api_key`."),
          secret: secret("api_key"),
        }),
        z.strictObject({ type: z.literal("oauth2_client_credentials"), ...oauth2() }),
        z.strictObject({ type: z.literal("oauth2_refresh_token"), ...oauth2() }),
      ],
      {
        error:
          "must have a `type`: none, bearer, header, basic, query, oauth2_client_credentials or oauth2_refresh_token",
      },
    )
    .describe("How requests are authorised; the values themselves are secrets.");

type AuthOptions = z.output<ReturnType<typeof authOptions>>;
type OAuth2Options = Extract<AuthOptions, { token_url: string }>;

/** What of a connector's context is needed to authorise. */
export interface AuthContext {
  connection: string;
  secrets: RestSecrets;
  saveSecret(field: string, value: string): Promise<void>;
}

/** The client's form of it. @throws ConnectorError `secret_missing` that names all the secrets it lacks. */
export function httpAuth(auth: AuthOptions | undefined, ctx: AuthContext): HttpAuth | undefined {
  if (auth === undefined || auth.type === "none") return undefined;
  assertSecrets(auth, ctx);
  const value = (name: SecretName) => ctx.secrets[name] ?? "";
  switch (auth.type) {
    case "bearer":
      return { type: "bearer", token: value(auth.secret), secret: auth.secret };
    case "header":
      return { type: "header", name: auth.name, value: auth.prefix + value(auth.secret), secret: auth.secret };
    case "query":
      return { type: "query", name: auth.name, value: value(auth.secret), secret: auth.secret };
    case "basic": {
      const username = auth.username ?? value(auth.username_secret);
      const password = auth.no_password ? "" : value(auth.password_secret);
      return {
        type: "basic",
        username,
        password,
        secret: auth.no_password ? auth.username_secret : auth.password_secret,
      };
    }
    default:
      return oauthOf(auth, ctx);
  }
}

function oauthOf(auth: OAuth2Options, ctx: AuthContext): HttpAuth {
  const { secrets } = ctx;
  const shared = {
    tokenUrl: auth.token_url,
    ...(auth.scope === undefined ? {} : { scope: auth.scope }),
    ...(auth.params === undefined ? {} : { params: auth.params }),
    ...(auth.client_auth === undefined ? {} : { clientAuth: auth.client_auth }),
  };
  const clientId = auth.client_id ?? secrets.client_id;
  if (auth.type === "oauth2_client_credentials") {
    const clientSecret = secrets.client_secret ?? "";
    return { ...shared, type: auth.type, clientId: clientId ?? "", clientSecret, secret: "client_secret" };
  }
  return {
    ...shared,
    type: auth.type,
    ...(clientId === undefined ? {} : { clientId }),
    ...(secrets.client_secret === undefined ? {} : { clientSecret: secrets.client_secret }),
    refreshToken: secrets.refresh_token ?? "",
    secret: "refresh_token",
    saveRefreshToken: (token) => ctx.saveSecret("refresh_token", token),
  };
}

function assertSecrets(auth: AuthOptions, { connection, secrets }: AuthContext): void {
  const missing = neededSecrets(auth).filter((name) => secrets[name] === undefined);
  if (missing.length === 0) return;
  const which = missing.map((name) => `\`${name}\``).join(" and ");
  const commands = missing.map((name) => `\`sluice secrets set ${connection} ${name}\``).join(" and ");
  const have = missing.length === 1 ? "has" : "have";
  throw new ConnectorError(
    "secret_missing",
    `preparing the requests of ${connection}: \`auth\` is ${auth.type}, and the secret${missing.length === 1 ? "" : "s"} ${which} ${have} no value. Set it with ${commands}.`,
    { details: { secrets: missing } },
  );
}

function neededSecrets(auth: AuthOptions): SecretName[] {
  switch (auth.type) {
    case "none":
      return [];
    case "basic": {
      const username = auth.username === undefined ? [auth.username_secret] : [];
      return auth.no_password ? username : [...username, auth.password_secret];
    }
    case "oauth2_client_credentials":
      return auth.client_id === undefined ? ["client_id", "client_secret"] : ["client_secret"];
    case "oauth2_refresh_token":
      return ["refresh_token"];
    default:
      return [auth.secret];
  }
}
