import { NAME_PATTERN } from "../../../core/ids.ts";
import { destinationNames } from "../../../workspace/destination.ts";
import { readSecrets, setSecret } from "../../../workspace/secrets-file.ts";
import type { Session } from "../../session.ts";
import { askSecret } from "../../ui/ask-secret.tsx";
import { askText } from "../../ui/ask-text.tsx";
import { withAddress } from "../connection-form/address-paste.ts";

/** Asks for a name and an address, keeps them among the secrets, and shows whether that destination answers. */
export async function addDestination(session: Session): Promise<void> {
  const { workspace, secrets, notices, router } = session;
  const known = destinationNames(await readSecrets(workspace));
  const name = await askText(session, {
    title: "Name of the new destination",
    effects: [
      "A Postgres that is there already. Its address is asked for next.",
      "Nothing loads into it before it is chosen: with w for all connections, or in one connection's settings.",
    ],
    initial: known.includes("postgres") ? "" : "postgres",
    problemOf: (text) => nameProblem(text, known),
    commandFor: commandOf,
  });
  if (name === undefined) return;
  const url = await askSecret(session, {
    title: `Address of ${name}`,
    lines: [
      "As postgresql://username:password@host:5432/database, with %40 for an @ in the password and the like.",
      `It goes into ${workspace.paths.secrets}, which only its owner may read; a backup is kept.`,
    ],
    command: commandOf(name),
  });
  if (url === undefined) return;
  for (const [field, value] of partsOf(url, workspace.root)) {
    await setSecret(workspace, ["destination", name, "credentials", field], value);
  }
  await secrets.reload();
  router.open({ screen: "database", destination: name });
  notices.say(`${name} is added; t tests it, w loads into it`, "good");
}

/** Each part by itself, as the commands and the list of secrets name them. Throws `connection_invalid` for no address. */
function partsOf(url: string, workspace: string): (readonly [field: string, value: string])[] {
  const { entry, password } = withAddress({}, { text: url.trim(), workspace });
  const { schema } = entry as { schema: { options: Record<string, string | number> } };
  const parts = Object.entries(schema.options).map(([field, value]) => [field, String(value)] as const);
  return password === undefined ? parts : [...parts, ["password", password]];
}

function commandOf(name: string): string {
  return `sluice secrets set destination.${name} host, and so for port, database, username and password`;
}

function nameProblem(text: string, known: readonly string[]): string | undefined {
  if (known.includes(text)) return "there is one of that name already";
  return NAME_PATTERN.test(text) ? undefined : "must be lower-case letters, digits and single underscores";
}
