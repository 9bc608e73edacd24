/** How well a text answers to what was typed; undefined when it does not. Higher is better. */
export function fuzzyScore(typed: string, text: string): number | undefined {
  const wanted = typed.toLowerCase().replace(/\s+/g, "");
  const found = text.toLowerCase();
  if (wanted === "") return 0;
  const whole = found.indexOf(typed.toLowerCase().trim());
  if (whole !== -1) return 1_000 - whole - found.length / 100 + (isWordStart(found, whole) ? 200 : 0);
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const next = found.indexOf(letter, at + 1);
    if (next === -1) return undefined;
    score += (next === at + 1 ? 8 : 0) + (isWordStart(found, next) ? 10 : 0) - (next - at - 1) * 0.1;
    at = next;
  }
  return score - found.length / 100;
}

/** More than any score. */
const BY_NAME = 10_000;

/** What answers with its name first, the best of them first, then what answers with its note; of equal ones the order stays. */
export function fuzzyFind<T>(
  typed: string,
  items: readonly T[],
  textsOf: (item: T) => { name: string; note: string },
): T[] {
  return items
    .flatMap((item) => {
      const { name, note } = textsOf(item);
      const byName = fuzzyScore(typed, name);
      const score = byName === undefined ? fuzzyScore(typed, `${name} ${note}`) : byName + BY_NAME;
      return score === undefined ? [] : [{ item, score }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

function isWordStart(text: string, at: number): boolean {
  return at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? "");
}
