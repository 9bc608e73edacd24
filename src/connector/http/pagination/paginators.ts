import type { Paginator } from "./paginator.ts";

/** Where a paginator puts a value: the query, or the JSON body at a dotted path. */
export type ParamPlace = "query" | "body";

export interface PageNumberOptions {
  /** `page` */
  param?: string;
  /** 1 */
  first?: number;
  sizeParam?: string;
  /** Records of a full page: a page with fewer is the last. Without it only an empty page is. */
  size?: number;
  /** Where the answer says how many pages there are. */
  totalPages?: string;
  in?: ParamPlace;
}

export interface OffsetOptions {
  /** `offset` */
  param?: string;
  /** `limit` */
  limitParam?: string;
  limit: number;
  /** Where the answer says how many records there are. */
  total?: string;
  in?: ParamPlace;
}

export interface CursorOptions {
  /** The parameter that takes the cursor: `after`. */
  param: string;
  /** Where the next cursor is: a path into the body, … */
  path?: string;
  /** … a header, … */
  header?: string;
  /** … or a field of the page's last record, as `starting_after` wants it. */
  lastRecord?: string;
  /** Where the body says whether more follows; false there ends it. */
  more?: string;
  /** The cursor stays the same from page to page, and the source remembers where it stands. */
  constant?: boolean;
  in?: ParamPlace;
}

export interface NextUrlOptions {
  /** Where the address of the next page is: `paging.next.link`. Relative ones are resolved. */
  path: string;
  /** The next page may be on another origin; credentials do not go there. */
  otherOrigins?: boolean;
}

export interface LinkHeaderOptions {
  /** `next` */
  rel?: string;
  otherOrigins?: boolean;
}

export interface GraphqlOptions {
  /** Where the connection is: `data.transcripts`; its `pageInfo` says what follows. */
  connection: string;
  /** The variable that takes the cursor: `after`. */
  variable?: string;
}

export interface Paginators {
  /** One answer has it all. */
  single(): Paginator;
  pageNumber(options?: PageNumberOptions): Paginator;
  offset(options: OffsetOptions): Paginator;
  cursor(options: CursorOptions): Paginator;
  nextUrl(options: NextUrlOptions): Paginator;
  linkHeader(options?: LinkHeaderOptions): Paginator;
  graphql(options: GraphqlOptions): Paginator;
  /** Finds out from each answer: the Link header, then the fields that are in use for it. */
  detect(): Paginator;
}

function pending(): never {
  throw new Error("not built yet");
}

export const paginators: Paginators = {
  single: pending,
  pageNumber: pending,
  offset: pending,
  cursor: pending,
  nextUrl: pending,
  linkHeader: pending,
  graphql: pending,
  detect: pending,
};
