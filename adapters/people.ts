/**
 * The rows of all sources. They depend on their number and on how often they have changed, so that a source can be asked
 * for more of them, and every source gives them alike.
 */
export interface Person {
  id: number;
  name: string;
  amount: string;
  note: string | null;
  /** Grows with each change of any of them. */
  seq: number;
}

const NAMES = ["Ada", "Grace", "Linus", "Zoë", "O'Neill", "Łukasz", 'Quo"te', "back\\slash"];

export function person(id: number, seq = id): Person {
  const name = `${NAMES[id % NAMES.length]} ${id}`;
  return {
    id,
    name,
    amount: `${id}.${String(seq % 100).padStart(2, "0")}`,
    note: id % 3 === 0 ? null : `n\t${seq}`,
    seq,
  };
}

export function people(from: number, to: number): Person[] {
  return Array.from({ length: to - from + 1 }, (_, index) => person(from + index));
}

/** Some that are there already change, with `seq` after all others, and more are added. */
export function nextPeople(last: number, changed: number, added: number): Person[] {
  const again = Array.from({ length: changed }, (_, index) => person(1 + index * 7, last + 1 + index));
  const fresh = Array.from({ length: added }, (_, index) => person(last + 1 + index, last + changed + 1 + index));
  return [...again, ...fresh];
}

/** Of those with the same id the last. */
export function personsById(all: readonly Person[]): Person[] {
  return [...new Map(all.map((one) => [one.id, one])).values()].sort((a, b) => a.id - b.id);
}
