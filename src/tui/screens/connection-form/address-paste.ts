import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { sourceAddresses } from "../../../databases/postgres/source/source-address.ts";
import { withValue } from "../../ui/form-fields.ts";

const FIELDS = ["host", "port", "database", "username", "sslmode", "sslrootcert", "connect_timeout"] as const;

export function isAddress(text: string): boolean {
  return /^\s*postgres(ql)?:\/\/\S+\s*$/.test(text);
}

/** The entry with the parts of a database's address in its options. Throws `connection_invalid` with what is missing in it. */
export function withAddress(
  entry: JsonObject,
  { text, workspace }: { text: string; workspace: string },
): { entry: JsonObject; password: string | undefined } {
  const context = { connection: "the address", options: {}, secrets: { url: text }, workspace };
  const servers = sourceAddresses({ ...context, signal: new AbortController().signal, log: () => {}, defer: () => {} });
  const [first] = servers;
  const parts: Record<string, JsonValue | undefined> = { ...first, host: servers.map(({ host }) => host).join(",") };
  const password = typeof parts.password === "string" ? parts.password : undefined;
  const without = withValue(entry, ["schema", "options", "url"], undefined);
  const filled = FIELDS.reduce(
    (filling, field) =>
      parts[field] === undefined ? filling : withValue(filling, ["schema", "options", field], parts[field]),
    without,
  );
  return { entry: filled, password };
}
