import type { Person } from "./people.ts";

/** Something that a tap reads: a database, a file, a service. */
export interface PersonSource extends AsyncDisposable {
  /** Adds them, or changes those whose `id` is there. */
  write(people: readonly Person[]): Promise<void>;
  /** What the source itself says it holds, by id. */
  read(): Promise<Person[]>;
}
