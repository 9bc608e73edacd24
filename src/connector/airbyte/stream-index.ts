import { isJsonObject, type JsonValue } from "../../core/json.ts";
import type { CatalogStream } from "./airbyte-catalog.ts";

/** How messages name a stream. */
export interface StreamDescriptor {
  name: string;
  namespace?: string | null;
}

/** Whose stream a message is of. */
export class StreamIndex {
  readonly #streams: readonly CatalogStream[];
  readonly #known = new Map<string, CatalogStream | undefined>();

  constructor(streams: readonly CatalogStream[]) {
    this.#streams = streams;
  }

  /** The stream of that name and namespace; one of that name alone where a message leaves the namespace out. */
  find(name: unknown, namespace: unknown): CatalogStream | undefined {
    const key = JSON.stringify([namespace ?? null, name]);
    if (!this.#known.has(key)) this.#known.set(key, this.#search(name, namespace ?? undefined));
    return this.#known.get(key);
  }

  /** The same for a descriptor as it stands in a message; undefined for anything else too. */
  described(descriptor: JsonValue | undefined): CatalogStream | undefined {
    if (!isJsonObject(descriptor ?? null)) return undefined;
    const { name, namespace } = descriptor as Record<string, JsonValue>;
    return this.find(name, namespace);
  }

  #search(name: unknown, namespace: unknown): CatalogStream | undefined {
    const named = this.#streams.filter((stream) => stream.name === name);
    const exact = named.find((stream) => stream.namespace === namespace);
    return exact ?? (namespace === undefined && named.length === 1 ? named[0] : undefined);
  }
}

/** As messages and state files have it. */
export function descriptorOf({ name, namespace }: CatalogStream): { name: string; namespace?: string } {
  return namespace === undefined ? { name } : { name, namespace };
}
