export interface BenchSettings {
  /** Where data sets are kept from one bench to the next. */
  folder: string;
  rows: number;
  /** Rows of the memory check; 0 leaves it out. */
  big: number;
  pairs: number;
}
