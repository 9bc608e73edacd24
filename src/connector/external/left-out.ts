/** Which properties of a stream are left out, by patterns: those named, or all but those with ! in front. */
export function leftOut(patterns: readonly string[] | undefined): (property: string) => boolean {
  if (patterns === undefined) return () => false;
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!")).map(toRegExp);
  const unwanted = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => toRegExp(pattern.slice(1)));
  return (property) =>
    unwanted.some((pattern) => pattern.test(property)) ||
    (wanted.length > 0 && !wanted.some((pattern) => pattern.test(property)));
}

function toRegExp(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
