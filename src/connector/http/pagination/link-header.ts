import { urlTurn } from "./next-url.ts";
import type { Paginator } from "./paginator.ts";

export interface LinkHeaderOptions {
  /** `next` unless given. */
  rel?: string;
  /** The next page may be on another origin; credentials do not go there. */
  otherOrigins?: boolean;
}

/** The `Link` header (RFC 8288) names the next page; none ends it. */
export function linkHeader({ rel = "next", otherOrigins = false }: LinkHeaderOptions = {}): Paginator {
  return {
    name: "Link header",
    first: {},
    next: (page) => urlTurn(findLink(page.headers.get("link"), rel), page, otherOrigins),
  };
}

/** `<target>` and the parameters behind it, in which a quoted text may hold commas and semicolons. */
const LINK = /<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))?)*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;
/** A link from somewhere else, not from this page. */
const ANCHOR = /;\s*anchor\s*=/i;

/** The target of the first link with that relation. */
export function findLink(field: string | null, rel: string): string | undefined {
  for (const [, target, params = ""] of (field ?? "").matchAll(LINK)) {
    const names = REL.exec(params);
    const relations = (names?.[1] ?? names?.[2] ?? "").toLowerCase().split(/\s+/);
    if (relations.includes(rel.toLowerCase()) && !ANCHOR.test(params)) return target;
  }
  return undefined;
}
