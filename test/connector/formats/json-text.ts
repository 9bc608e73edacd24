import fc from "fast-check";

/**
 * Records with any values that JSON can write, their numbers as text so that no digit is lost on the way in. Their own
 * keys are sorted: the order of fields is no part of a row.
 */
export function jsonRecords(): fc.Arbitrary<string[]> {
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.string({ unit: "binary", maxLength: 6 }).map((text) => JSON.stringify(text)),
      fc.constantFrom("true", "false", "null", '"\\u007d"', '"]}"', '"\\\\"', '"a\\"b"', "[]", "{}"),
      numberText(),
      fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc.uniqueArray(fc.tuple(key(), tie("value")), { maxLength: 3, selector: ([name]) => name }).map(objectText),
    ),
  }));
  const members = fc.uniqueArray(fc.tuple(key(), value), { maxLength: 4, selector: ([name]) => name });
  const sorted = members.map((fields) => fields.sort(([a], [b]) => (a < b ? -1 : 1)));
  return fc.array(sorted.map(objectText), { maxLength: 8 });
}

/** No key that looks like an array index: objects move those to their front. */
function key(): fc.Arbitrary<string> {
  const text = fc.string({ unit: "binary", maxLength: 4 }).filter((name) => !/^\d+$/.test(name));
  return fc.oneof(text, fc.constantFrom("__proto__", "a", "}", '"', "é", ""));
}

function numberText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String),
    fc.constantFrom("0.1", "1.50", "1e400", "-1e-400", "9007199254740993", "0.12345678901234567890", "1E5", "-0"),
  );
}

function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}

/** A row as it was read, its fields in the order that `jsonRecords` gives them. */
export function sortedText(row: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
  return exactText(`{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`);
}

/** The same value as text, numbers by their exact decimal value: `1.50`, `15e-1` and 1.5 are one. */
export function exactText(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|\s+/g, (token) => {
    if (token.startsWith('"')) return JSON.stringify(JSON.parse(token));
    return token.trim() === "" ? "" : decimal(token);
  });
}

function decimal(token: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return "0";
  const stripped = String(digits).replace(/0+$/, "");
  const power = Number(exponent) - fraction.length + (String(digits).length - stripped.length);
  return `${sign}${stripped}e${power}`;
}
