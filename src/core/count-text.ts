/** `1,234,567`; with a noun `1 row`, `2 rows`. By hand: the first use of `toLocaleString` takes some 15 ms. */
export function formatCount(count: number, noun?: string): string {
  const figure = String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  if (noun === undefined) return figure;
  return `${figure} ${noun}${count === 1 ? "" : "s"}`;
}
