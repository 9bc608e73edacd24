import type { SourceContext } from "../databases/postgres/source/source-settings.ts";
import type { SourceStream } from "../databases/postgres/source/source-streams.ts";
import type { CheckReport } from "./define-connector.ts";

export { SESSION_ATTRIBUTES } from "../databases/postgres/source/source-settings.ts";
export { SSL_MODES } from "../databases/postgres/tls.ts";

/** Reading a Postgres, loaded with its driver only by those who do. */
export const postgresSource = {
  async check(ctx: SourceContext): Promise<CheckReport> {
    const { checkSource } = await import("../databases/postgres/source/check-source.ts");
    return checkSource(ctx);
  },
  async streams(ctx: SourceContext): Promise<readonly SourceStream[]> {
    const { sourceStreams } = await import("../databases/postgres/source/source-streams.ts");
    return sourceStreams(ctx);
  },
};
