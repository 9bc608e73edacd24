/** Finds the comments of a TOML document: `#` to the end of the line, where it stands outside of every string. */
export function tomlComments(text: string): string[] {
  const comments: string[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"' || char === "'") at = endOfString(text, at, char);
    else if (char === "#") {
      const end = endOfLine(text, at);
      comments.push(text.slice(at, end).trimEnd());
      at = end;
    } else at++;
  }
  return comments;
}

/** How often each comment of `before` is missing from `after`. */
export function lostComments(before: string, after: string): string[] {
  const left = new Map<string, number>();
  for (const comment of tomlComments(after)) left.set(comment, (left.get(comment) ?? 0) + 1);
  return tomlComments(before).filter((comment) => {
    const count = left.get(comment) ?? 0;
    left.set(comment, count - 1);
    return count <= 0;
  });
}

function endOfString(text: string, start: number, quote: string): number {
  const triple = quote.repeat(3);
  if (text.startsWith(triple, start)) return endOfMultiline(text, start + 3, triple);
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === "\\" && quote === '"') at++;
    else if (char === quote || char === "\n") return at + 1;
  }
  return text.length;
}

/** Up to two further quotes may stand right before the closing three. */
function endOfMultiline(text: string, start: number, triple: string): number {
  const quote = triple[0] as string;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\" && quote === '"') at++;
    else if (text.startsWith(triple, at)) {
      let end = at + 3;
      for (let more = 0; more < 2 && text[end] === quote; more++) end++;
      return end;
    }
  }
  return text.length;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}
