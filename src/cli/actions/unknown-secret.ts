import type { Connector } from "../../connector/define-connector.ts";
import { takesAnySecret } from "../../connector/open-secrets.ts";
import type { Registry } from "../../connector/registry.ts";
import { didYouMean } from "../../core/did-you-mean.ts";
import { readConfig } from "../../workspace/config-file.ts";
import { DESTINATION_FIELDS } from "../../workspace/destination.ts";
import type { CommandContext } from "../command.ts";
import { openRegistry } from "../open-registry.ts";

/** Warns of a secret that nobody asks for. Setting it is right all the same: who asks may come later. */
export async function warnOfUnknown(context: CommandContext, owner: string, field: string): Promise<void> {
  if (owner.startsWith("destination.")) {
    return warnUnlessKnown(context, field, DESTINATION_FIELDS, `A destination has no "${field}"`);
  }
  const name = owner.replace(/^sources\./, "");
  const registry = await openRegistry(context);
  const { connections } = await readConfig(await context.workspace());
  const known = [...connections.map((listed) => listed.name), ...registry.names()];
  if (!known.includes(name))
    return context.say(`No connection and no connector is named "${name}".${didYouMean(name, known)}`);
  const listed = connections.find((each) => each.name === name);
  // Settings that are wrong leave open which connector it is.
  if (listed?.valid === false) return;
  const type = listed?.connection.type ?? name;
  const connector = await loadIfWhole(registry, type);
  if (connector === undefined || takesAnySecret(connector)) return;
  const who = type === name ? name : `${name} (${type})`;
  warnUnlessKnown(context, field, Object.keys(connector.secrets.shape), `${who} asks for no secret "${field}"`);
}

function warnUnlessKnown(context: CommandContext, field: string, known: readonly string[], warning: string): void {
  if (known.includes(field)) return;
  context.say(`${warning}.${didYouMean(field, known)} It takes ${known.length === 0 ? "none" : known.join(", ")}.`);
}

/** What a broken connector asks for nobody knows. */
function loadIfWhole(registry: Registry, type: string): Promise<Connector | undefined> {
  return registry.load(type).then(
    ({ connector }) => connector,
    () => undefined,
  );
}
