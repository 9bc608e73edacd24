import type { ListedSecret } from "../../../workspace/secret-list.ts";
import type { Tone } from "../../theme/theme.ts";

export interface SecretRow {
  id: string;
  /** `orders`, `destination.warehouse`: as `sluice secrets` names it. */
  owner: string;
  field: string;
  symbol: string;
  /** Where the value comes from, in words. */
  from: string;
  where: string;
  tone: Tone;
  secret: ListedSecret;
}

export function secretRows(secrets: readonly ListedSecret[]): SecretRow[] {
  return secrets.map((secret) => {
    const { path } = secret;
    return { id: path.join("."), owner: ownerOf(path), field: path.at(-1) ?? "", secret, ...lookOf(secret) };
  });
}

/** `destination.postgres` for its credentials, the connection's or connector's name for `sources`. */
function ownerOf([kind = "", ...rest]: readonly string[]): string {
  const inner = rest.slice(0, -1);
  if (kind === "sources") return inner.join(".");
  return [kind, ...(inner.at(-1) === "credentials" ? inner.slice(0, -1) : inner)].join(".");
}

function lookOf({ origin, wanted, problem }: ListedSecret): Pick<SecretRow, "symbol" | "from" | "where" | "tone"> {
  if (problem !== undefined) return { symbol: "✗", from: "leads nowhere", where: problem, tone: "bad" };
  if (origin === undefined && wanted?.isRequired === true)
    return { symbol: "✗", from: "missing", where: "press s to set it", tone: "bad" };
  if (origin === undefined) return { symbol: "·", from: "not set", where: "optional", tone: "dim" };
  const from = { file: "file", environment: "environment", reference: "reference", token_store: "token store" }[
    origin.from
  ];
  return { symbol: "✓", from, where: origin.where, tone: "good" };
}
