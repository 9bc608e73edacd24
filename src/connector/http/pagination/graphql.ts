import { readPath } from "../json-path.ts";
import type { Paginator } from "./paginator.ts";
import { asCursor, turnWith } from "./turn-values.ts";

export interface GraphqlOptions {
  /** Where the connection is: `data.transcripts`; its `pageInfo` says what follows. */
  connection: string;
  /** The variable that takes the cursor. `after` unless given. */
  variable?: string;
}

/** A connection of GraphQL: `pageInfo { hasNextPage endCursor }`. */
export function graphql({ connection, variable = "after" }: GraphqlOptions): Paginator {
  return {
    name: "GraphQL connection",
    first: {},
    next({ body }) {
      const info = `${connection}.pageInfo`;
      if (readPath(body, `${info}.hasNextPage`) === false) return undefined;
      const end = asCursor(readPath(body, `${info}.endCursor`));
      return end === undefined ? undefined : turnWith({ [`variables.${variable}`]: end }, "body");
    },
  };
}
