import { didYouMean } from "../../../core/did-you-mean.ts";
import { SluiceError } from "../../../core/errors.ts";
import { quoteLiteral } from "../identifiers.ts";

/** Schemas that are never meant unless they are named. */
const SYSTEM_SCHEMAS = "n.nspname !~ '^(pg_|_sluice)' and n.nspname <> 'information_schema'";
const LABEL = "(n.nspname || '.' || c.relname)";

/**
 * SQL that says whether the relation `c` in the schema `n` is chosen: by any of the patterns, and by none that begins
 * with `!`. A pattern with wildcards means tables, and views where they are asked for; a name means whatever has it.
 */
export function chosenSql(patterns: readonly string[] | undefined, views: boolean): string {
  const kinds = views ? "c.relkind in ('r', 'p', 'v', 'm', 'f')" : "c.relkind in ('r', 'p')";
  const given = (patterns ?? []).map(withSchema);
  const wanted = given.filter((pattern) => !pattern.startsWith("!"));
  const unwanted = given.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  const names = wanted.filter((pattern) => !hasWildcard(pattern));
  const wildcards = wanted.filter(hasWildcard);
  const chosen = [
    ...(names.length === 0 ? [] : [`${LABEL} = any (${textArray(names)})`]),
    ...(wildcards.length === 0
      ? []
      : [`${kinds} and not c.relispartition and ${LABEL} ~ any (${textArray(wildcards.map(toRegex))})`]),
    ...(wanted.length > 0 ? [] : [`${kinds} and not c.relispartition and ${SYSTEM_SCHEMAS}`]),
  ];
  const positive = `(${chosen.map((condition) => `(${condition})`).join(" or ")})`;
  return unwanted.length === 0 ? positive : `${positive} and not ${LABEL} ~ any (${textArray(unwanted.map(toRegex))})`;
}

/** Throws source_not_found for patterns that mean nothing: a slip there would leave a table out without a word. */
export function assertAllFound(
  connection: string,
  patterns: readonly string[] | undefined,
  found: readonly string[],
  all: () => Promise<readonly string[]>,
): Promise<void> {
  const missing = (patterns ?? [])
    .filter((pattern) => !pattern.startsWith("!"))
    .map(withSchema)
    .filter((pattern) => !found.some((label) => new RegExp(toRegex(pattern), "u").test(label)));
  if (missing.length === 0) return Promise.resolve();
  return all().then((labels) => {
    const which = missing.map((pattern) => `"${pattern}"`).join(", ");
    const guess = missing.length === 1 ? didYouMean(missing[0] as string, labels) : "";
    throw new SluiceError(
      "source_not_found",
      `choosing the tables of ${connection}: nothing is called ${which}, or this role may not read it.${guess} Correct \`tables\`.`,
      { details: { patterns: missing } },
    );
  });
}

/** `orders` means `public.orders`. */
function withSchema(pattern: string): string {
  const bare = pattern.replace(/^!/, "");
  if (bare.includes(".")) return pattern;
  return `${pattern.startsWith("!") ? "!" : ""}public.${bare}`;
}

function hasWildcard(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Right both for the server and for JavaScript. */
function toRegex(pattern: string): string {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, "\\$&");
  return `^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`;
}

function textArray(texts: readonly string[]): string {
  return `array[${texts.map(quoteLiteral).join(", ")}]::text[]`;
}
