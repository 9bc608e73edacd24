import { basename, dirname } from "node:path";
import { stemOfName } from "../formats/detect-format.ts";

/** Postgres cuts names at 63 bytes. */
const MAX_NAME = 63;

/** The parts of a glob that stand for other text. */
const WILDCARDS = /\{[^}]*\}|\[[^\]]*\]|[*?]+/g;

/**
 * The stream that a path or glob makes: what is fixed in its file name, in snake_case (`data/Orders-*.csv.gz` → orders);
 * if nothing is, the name of its folder (`logs/*.json` → logs); at last `fallback`.
 */
export function streamNameOf(pattern: string, fallback: string): string {
  let rest = pattern;
  let name = snakeCase(stemOfName(basename(rest)));
  while (name === "" && dirname(rest) !== rest && dirname(rest) !== ".") {
    rest = dirname(rest);
    name = snakeCase(basename(rest));
  }
  return name === "" ? fallback : name;
}

/** Lower-case ASCII letters, digits and single underscores, a letter first; empty when nothing is left. */
export function snakeCase(text: string): string {
  const words = text
    .replace(WILDCARDS, " ")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  const named = /^[0-9]/.test(words) ? `file_${words}` : words;
  return named.slice(0, MAX_NAME).replace(/_+$/, "");
}
