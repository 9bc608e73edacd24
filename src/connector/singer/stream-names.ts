import { didYouMean } from "../../core/did-you-mean.ts";
import { ConnectorError } from "../connector-error.ts";
import type { CatalogEntry } from "./catalog.ts";

/** Taps call a stream otherwise in their messages than in their catalog, some of them: `public-orders`, `shop-public-orders`. */
export class StreamNames {
  readonly #entries: readonly CatalogEntry[];
  readonly #chosen: ReadonlySet<string>;
  readonly #resolved = new Map<string, string>();
  readonly #told = new Set<string>();

  constructor(entries: readonly CatalogEntry[], chosen: ReadonlySet<string>) {
    this.#entries = entries;
    this.#chosen = chosen;
  }

  /** The stream that a message is of. Throws source_failed for one that the catalog does not have. */
  resolve(name: string): string | "unselected" {
    const present = this.#resolved.get(name);
    if (present !== undefined) return present;
    const id = this.#find(name);
    const resolved = this.#chosen.has(id) ? id : "unselected";
    this.#resolved.set(name, resolved);
    return resolved;
  }

  /** True the first time. */
  isNew(name: string): boolean {
    const isNew = !this.#told.has(name);
    this.#told.add(name);
    return isNew;
  }

  #find(name: string): string {
    const ways: ((entry: CatalogEntry) => boolean)[] = [
      ({ id }) => id === name,
      ({ id, alias }) => alias === name && this.#chosen.has(id),
      ({ alias }) => alias === name,
      ({ id }) => id.endsWith(`-${name}`),
    ];
    for (const isIt of ways) {
      const found = this.#entries.filter(isIt);
      if (found.length === 1) return (found[0] as CatalogEntry).id;
    }
    throw unknownStream(
      name,
      this.#entries.map(({ id }) => id),
    );
  }
}

function unknownStream(name: string, known: readonly string[]): ConnectorError {
  const message = `reading from the tap: it gives records of "${name}", which its catalog does not have.${didYouMean(name, [...known])} Name the streams with the option \`stream_names\`, or give a catalog file with \`catalog\`.`;
  return new ConnectorError("source_failed", message, { details: { stream: name } });
}
