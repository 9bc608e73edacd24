/** What of a row's value Sluice cannot store, in a few words; undefined when it can. */
export function illegalValue(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object") return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : undefined;
  if (value instanceof Uint8Array || isRawJson(value)) return undefined;
  if (Array.isArray(value)) return firstIllegal(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain ? firstIllegal(Object.values(value)) : `an object of class ${prototype?.constructor.name}`;
}

function firstIllegal(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const problem = illegalValue(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isRawJson(value: object): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}
