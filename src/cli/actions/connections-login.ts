import type { Connector, OAuthLogin } from "../../connector/define-connector.ts";
import { awaitCallback } from "../../connector/http/oauth-callback.ts";
import { codeFrom, exchangeCode, type PreparedLogin, prepareLogin } from "../../connector/http/oauth-login.ts";
import { SluiceError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { getConnection } from "../../workspace/config-file.ts";
import { resolveSecrets, rotateSecret } from "../../workspace/secret-values.ts";
import { askConnector } from "../ask-connector.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { readAllInput } from "../input-stream.ts";
import { openRegistry } from "../open-registry.ts";

/** The port that apps are told to send people back to, unless --port says another. */
const PORT = 8765;

/** Lets a person allow access in a browser, and keeps the refresh token that comes of it. */
export async function loginByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const name = input.argument("name");
  const connection = await getConnection(workspace, name);
  const { connector } = await (await openRegistry(context)).load(connection.type);
  const fields = Object.keys(connector.secrets.shape);
  const { values } = await resolveSecrets(workspace, { connection: name, connector: connector.name, fields });
  const options = parsedOptions(connector, name, connection.schema.options ?? {});
  const login = loginOf(connector, name, { options, secrets: values });
  const port = input.count("port") ?? PORT;
  const paste = input.flag("paste");
  const { prepared, code } = paste ? await pasted(context, login, port) : await calledBack(context, login, port);
  const token = await askConnector(context, name, { connector, options, secrets: values }, async ({ http }) =>
    exchangeCode(await http(), login, { prepared, code }),
  );
  await rotateSecret(workspace, { connection: name, connector: connector.name, field: login.secret, value: token });
  const text = `${name} is logged in; the secret ${login.secret} is set. Test it: sluice connections test ${name}`;
  return { data: { connection: name, set: login.secret }, text };
}

function parsedOptions({ options }: Connector, name: string, given: unknown): JsonObject {
  const parsed = options.safeParse(given);
  if (parsed.success) return parsed.data as JsonObject;
  const [issue] = parsed.error.issues;
  const message = `logging in to ${name}: its option ${issue?.path.join(".")} is not valid: ${issue?.message}. Correct it with \`sluice connections edit ${name}\`.`;
  throw new SluiceError("connection_invalid", message);
}

function loginOf(
  connector: Connector,
  name: string,
  given: Parameters<NonNullable<Connector["login"]>>[0],
): OAuthLogin {
  if (connector.login === undefined) {
    const message = `${connector.title} has no login in a browser: set its secrets with \`sluice secrets set ${name} <secret>\`.`;
    throw new SluiceError("usage", message);
  }
  const login = connector.login(given);
  if (login.clientId !== "") return login;
  const message = `logging in to ${name}: the secret client_id has no value. Set it with \`sluice secrets set ${name} client_id\`.`;
  throw new SluiceError("secret_missing", message);
}

interface Allowed {
  prepared: PreparedLogin;
  code: string;
}

async function calledBack(context: CommandContext, login: OAuthLogin, port: number): Promise<Allowed> {
  const callback = await awaitCallback(port);
  const signal = context.io.interruption();
  try {
    const prepared = prepareLogin(login, callback.redirect);
    context.say(`Open this address in a browser on this machine and allow access:\n\n${prepared.url}\n`);
    const answer = await Promise.race([callback.answer, interrupted(signal)]);
    return { prepared, code: codeFrom(answer, prepared) };
  } finally {
    await callback.close();
  }
}

/** For machines without a browser: the address that the login ends at cannot be reached, but has the code. */
async function pasted(context: CommandContext, login: OAuthLogin, port: number): Promise<Allowed> {
  const prepared = prepareLogin(login, `http://localhost:${port}/callback`);
  context.say(`Open this address in any browser and allow access:\n\n${prepared.url}\n`);
  context.say("The browser then fails to open an address that begins with http://localhost: copy that address.");
  const answer = context.prompt.available
    ? await context.prompt.secret("The address, or the code in it", "--paste")
    : await readAllInput(context.io.stdin);
  return { prepared, code: codeFrom(answer, prepared) };
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new SluiceError("interrupted", "The login was not ended; nothing was changed."));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
}
