import { cursor } from "./cursor.ts";
import { detect } from "./detect.ts";
import { graphql } from "./graphql.ts";
import { linkHeader } from "./link-header.ts";
import { nextUrl } from "./next-url.ts";
import { offset } from "./offset.ts";
import { pageNumber } from "./page-number.ts";
import type { Paginator } from "./paginator.ts";

/** The ways in which APIs give a list in pages. */
export const paginators = { single, pageNumber, offset, cursor, nextUrl, linkHeader, graphql, detect };

/** One answer has it all. */
function single(): Paginator {
  return { name: "single page", first: {}, next: () => undefined };
}
