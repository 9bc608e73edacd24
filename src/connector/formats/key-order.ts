/** The keys of rows of one shape, and the order in which they are expected. */
export class KeyOrder {
  /** The fields, in the order in which rows hold their values. Only ever grows. */
  readonly columns: string[] = [];
  /** The order in which the keys are expected: indexes of `columns`. */
  order: readonly number[] = [];
  readonly #index = new Map<string, number>();

  /**
   * Takes the keys of a row for columns, and their order for the one that is expected next; known keys that are not among
   * them keep their places between the others. Returns the column of each key.
   */
  learn(keys: readonly string[]): number[] {
    for (const key of keys) if (!this.#index.has(key)) this.#add(key);
    const columns = keys.map((key) => this.#index.get(key) as number);
    const known = new Set(columns);
    const order = [...columns];
    for (const [i, column] of this.order.entries()) {
      if (known.has(column)) continue;
      order.splice(i === 0 ? 0 : order.indexOf(this.order[i - 1] as number) + 1, 0, column);
    }
    this.order = order;
    return columns;
  }

  #add(key: string): void {
    this.#index.set(key, this.columns.length);
    this.columns.push(key);
  }
}
