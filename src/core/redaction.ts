/**
 * The one place where secrets are taken out of what leaves a process. Everything that becomes an event, an error text,
 * a summary or a screen passes through a Redactor made from the values that the secrets file gave out.
 */
export interface Redactor {
  /** Learns more values, for example a token that was just refreshed. */
  add(values: Iterable<string>): void;
  text(text: string): string;
  /** A deep copy of a JSON-like value with every string (keys too) redacted. */
  value<T>(value: T): T;
}

export const MASK = "[redacted]";

/** Shorter values would blank out ordinary words; a warning about such secrets is the caller's to give. */
const MIN_SECRET_LENGTH = 4;

/** `scheme://user:password@host`: whatever the password, it is not shown. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+(@)/gi;

export function createRedactor(values: Iterable<string> = []): Redactor {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;
  const text = (input: string): string => {
    const plain = pattern === undefined ? input : input.replace(pattern, MASK);
    return plain.includes("://") ? plain.replace(URL_PASSWORD, `$1${MASK}$2`) : plain;
  };
  const redactor: Redactor = {
    add(more) {
      for (const value of more) for (const form of spellings(value)) forms.add(form);
      pattern = forms.size === 0 ? undefined : alternation(forms);
    },
    text,
    value: (value) => redactDeep(value, text) as typeof value,
  };
  redactor.add(values);
  return redactor;
}

/** The ways a secret shows up: as it is, in JSON text, in a URL, in base64 (the inside of a basic-auth header too). */
function spellings(secret: string): string[] {
  if (secret.length < MIN_SECRET_LENGTH) return [];
  const base64 = Buffer.from(secret, "utf8").toString("base64").replace(/=+$/, "");
  const all = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), encodeURI(secret)];
  if (secret.length >= 8) all.push(base64, base64.replaceAll("+", "-").replaceAll("/", "_"));
  if (secret.includes("\n")) all.push(...secret.split("\n").filter((line) => line.length >= 16));
  return all;
}

/** Longest first, so that a secret that contains another is masked whole. */
function alternation(forms: Set<string>): RegExp {
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map(escapePattern).join("|"), "g");
}

/** `RegExp.escape` without needing Node 24. */
function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Names of what no option is meant for: people put secrets there all the same. */
const SECRET_NAME = /(?:^|[_-])(?:password|passphrase|secret|token|api_?key|private_?key|access_?key)$/i;
/** Shorter values are words as often as not. */
const MIN_MISPLACED_LENGTH = 8;

/** Options do name secrets: `{ "secret": "client_secret" }`. To mask such a word would blank it everywhere. */
const PLAIN_NAME = /^[a-z_]+$/;

/** Texts, however deep, under names that say secret: what a person has written where it does not belong. */
export function misplacedSecrets(value: unknown, name = ""): string[] {
  if (typeof value === "string") {
    const isSecret = SECRET_NAME.test(name) && value.length >= MIN_MISPLACED_LENGTH && !PLAIN_NAME.test(value);
    return isSecret ? [value] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => misplacedSecrets(inner, Array.isArray(value) ? name : key));
}

function redactDeep(value: unknown, text: (input: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, text));
  const entries = Object.entries(value).map(([key, inner]) => [text(key), redactDeep(inner, text)]);
  return Object.fromEntries(entries);
}
