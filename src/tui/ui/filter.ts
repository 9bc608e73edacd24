/** What a filter line says: words that must be there, `field:value` for one field, `!` before what must not be. */
export interface FilterTerm {
  field: string | undefined;
  value: string;
  isNot: boolean;
}

/** What a row can be found by. */
export type Findable = Readonly<Record<string, string>>;

export function parseFilter(text: string): FilterTerm[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "" && word !== "!")
    .map((word) => {
      const isNot = word.startsWith("!");
      const [, field, value] = /^([a-z_]+):(.*)$/i.exec(isNot ? word.slice(1) : word) ?? [];
      if (field !== undefined && value !== undefined)
        return { field: field.toLowerCase(), value: value.toLowerCase(), isNot };
      return { field: undefined, value: (isNot ? word.slice(1) : word).toLowerCase(), isNot };
    });
}

/** All terms hold. A field that rows do not have matches nothing. */
export function matchesFilter(terms: readonly FilterTerm[], row: Findable): boolean {
  return terms.every(({ field, value, isNot }) => {
    const texts = field === undefined ? Object.values(row) : [row[field] ?? ""];
    return texts.some((text) => text.toLowerCase().includes(value)) !== isNot;
  });
}
