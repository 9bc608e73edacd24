/**
 * Latin, Greek and Cyrillic letters, punctuation, arrows, lines, blocks, shapes and the signs that screens are made of: each
 * takes one column by itself, and nothing here joins with its neighbours. The rules for all the others are slow to begin with.
 */
const SINGLE =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f\u2010-\u2027\u2030-\u2033\u2039-\u203a\u2190-\u21ff\u23ce\u2500-\u25fc\u2713\u2717]*$/;

/** Whether every character takes one column. False also where only the rules can tell. */
export function isSingleColumns(text: string): boolean {
  return SINGLE.test(text);
}
