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

/** The best answers first; of equal ones the order stays. */
export function fuzzyFind<T>(typed: string, items: readonly T[], textOf: (item: T) => string): T[] {
  return items
    .flatMap((item) => {
      const score = fuzzyScore(typed, textOf(item));
      return score === undefined ? [] : [{ item, score }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

function isWordStart(text: string, at: number): boolean {
  return at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? "");
}
