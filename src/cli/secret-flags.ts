import type { Connector } from "../connector/define-connector.ts";
import { takesAnySecret } from "../connector/open-secrets.ts";
import { didYouMean } from "../core/did-you-mean.ts";
import { SluiceError } from "../core/errors.ts";
import type { CommandContext, CommandInput } from "./command.ts";
import { grouped } from "./connection-settings.ts";
import { readAllInput } from "./input-stream.ts";

/**
 * The secrets that `--secret` names: `key=-` takes the next line of stdin, `key=env:NAME` and `key=file:PATH` refer to
 * where the value is. A value itself is refused: command lines can be read by others.
 */
export async function secretsFromFlags(
  context: CommandContext,
  input: CommandInput,
  connector: Connector,
): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  const waiting: string[] = [];
  for (const [key, [value = ""]] of grouped(input.list("secret"), "--secret")) {
    assertKnown(key, connector);
    if (value === "-") waiting.push(key);
    else if (/^(env|file):./.test(value)) secrets.set(key, value);
    else
      throw new SluiceError("usage", `--secret ${key}=… must not hold the value itself. Give ${key}=- and pipe it in.`);
  }
  if (waiting.length === 0) return secrets;
  const lines = (await readAllInput(context.io.stdin)).split(/\r?\n/);
  for (const [index, key] of waiting.entries()) {
    const line = lines[index] ?? "";
    if (line === "")
      throw new SluiceError("usage", `stdin has no line for --secret ${key}=-. Give one line per secret, in order.`);
    secrets.set(key, line);
  }
  return secrets;
}

function assertKnown(key: string, connector: Connector): void {
  const known = Object.keys(connector.secrets.shape);
  if (known.includes(key) || takesAnySecret(connector)) return;
  const list = known.length === 0 ? "It has none." : `It has: ${known.join(", ")}.`;
  throw new SluiceError("usage", `${connector.name} has no secret "${key}".${didYouMean(key, known)} ${list}`);
}
