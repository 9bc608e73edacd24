import { useCallback, useEffect, useRef, useState } from "react";
import { asSluiceError, SluiceError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { askConnector } from "../../../runner/ask-connector.ts";
import { discoverStreams } from "../../../runner/connector-calls.ts";
import { type OfferedStream, offeredStream } from "../../../runner/offered-streams.ts";
import { type ResolvedSource, resolveRun } from "../../../runner/resolve-run.ts";
import { getConnection } from "../../../workspace/config-file.ts";
import type { Connection } from "../../../workspace/config-schema.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { registryOf } from "../connection-form/use-connector.ts";

/** What a source offers, with all that is needed to ask it for more. */
export interface Offer {
  connection: Connection;
  source: ResolvedSource;
  streams: readonly OfferedStream[];
  /** What config.json says of streams. */
  settings: JsonObject;
}

export type Offered = { state: "asking" } | { state: "failed"; error: SluiceError } | { state: "ready"; offer: Offer };

/** Asks the source of a connection for its streams, and again when told to; leaving the screen stops that. */
export function useOffered(name: string): { offered: Offered; again(): void } {
  const session = useSession();
  const [offered, setOffered] = useState<Offered>({ state: "asking" });
  const asking = useRef<AbortController>(undefined);
  const again = useCallback(() => {
    asking.current?.abort();
    const stopping = new AbortController();
    asking.current = stopping;
    const take = (found: Offered) => {
      if (!stopping.signal.aborted) setOffered(found);
    };
    setOffered({ state: "asking" });
    ask(session, name, stopping.signal).then(
      (offer) => take({ state: "ready", offer }),
      (error) => take({ state: "failed", error: asSluiceError(error) }),
    );
  }, [session, name]);
  useEffect(() => {
    again();
    return () => asking.current?.abort();
  }, [again]);
  return { offered, again };
}

/** Works for a disabled connection, and without its destination. */
async function ask(session: Session, name: string, signal: AbortSignal): Promise<Offer> {
  const { workspace, redactor } = session;
  const { resolved, source, error } = await resolveRun({ workspace, registry: registryOf(session), redactor }, name);
  if (source === undefined) {
    throw error ?? new SluiceError("internal", `${name} could not be resolved and nothing says why.`);
  }
  const connection = resolved?.connection ?? (await getConnection(workspace, name));
  const asking = { workspace, signal, say: () => {}, addSecrets: redactor.add };
  const found = await askConnector(asking, name, source, (ctx) => discoverStreams(source.connector, ctx));
  const streams = found.map((stream) => offeredStream(connection, stream));
  return { connection, source, streams, settings: (connection.schema.streams ?? {}) as JsonObject };
}
