/** What became of staged rows. */
export interface RowCounts {
  inserted: number;
  updated: number;
  /** Keys whose rows were there already, as they came or newer. */
  unchanged: number;
  deleted: number;
}

export const NO_ROWS: RowCounts = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };

export function addCounts(a: RowCounts, b: RowCounts): RowCounts {
  return {
    inserted: a.inserted + b.inserted,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    deleted: a.deleted + b.deleted,
  };
}
