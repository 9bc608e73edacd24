/**
 * SQL for rows that one select has and the other has not, where every run brings the whole table again: a killed run may
 * have done so in full, so that the next one began again. Then all rows that were there have come once more each.
 */
export function passesApart(rows: string, wanted: string, repeats: number): { lost: string; invented: string } {
  const [here, there] = [passesSql(rows), passesSql(wanted)];
  // A row that has come more or less often than its fellows has another rank than theirs.
  const pairs = `select here.copies as mine, there.copies as theirs from (${here}) here
    full join (${there}) there on here.row = there.row and here.rank = there.rank`;
  const of = (condition: string) => `select from (${pairs}) pair where ${condition}`;
  return {
    lost: of("theirs is not null and coalesce(mine, 0) < theirs"),
    invented: of(`mine is not null and (theirs is null or mine > theirs + ${repeats})`),
  };
}

/** Each row once, with how often it has come, and which place among the numbers that there are this is. */
function passesSql(rows: string): string {
  return `select counted::text as row, copies, dense_rank() over (order by copies) as rank from (
    select listed, count(*)::int as copies from (${rows}) listed group by listed) each (counted, copies)`;
}
