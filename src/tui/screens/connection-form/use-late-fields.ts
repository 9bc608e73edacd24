import { useEffect, useState } from "react";
import type { Connector, LateFields } from "../../../connector/define-connector.ts";
import { asSluiceError, type SluiceError } from "../../../core/errors.ts";
import { canonicalJson } from "../../../core/json.ts";
import { askConnector } from "../../../runner/ask-connector.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { type Draft, nameOf, optionsOf } from "./draft.ts";
import { unfinishedSource } from "./draft-check.ts";

export type FoundFields =
  | { state: "asking"; said: string }
  | { state: "failed"; error: SluiceError }
  | { state: "ready"; found: LateFields };

/**
 * The fields that only the source of a draft can say. It is asked once they are wanted, and again when what it is asked
 * with has changed. Undefined for a connector that knows all of its fields.
 */
export function useLateFields(
  connector: Connector | undefined,
  draft: Draft,
  isWanted: boolean,
): FoundFields | undefined {
  const session = useSession();
  const [state, setState] = useState<{ key: string; fields: FoundFields }>();
  const key = isWanted && connector?.late !== undefined ? keyOf(connector, draft) : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key has all of the draft that the source is asked with.
  useEffect(() => {
    if (key === undefined || connector === undefined) return;
    const stopping = new AbortController();
    const take = (fields: FoundFields) => {
      if (!stopping.signal.aborted) setState({ key, fields });
    };
    const say = (message: string) => take({ state: "asking", said: session.redactor.text(message) });
    ask(session, { connector, draft, signal: stopping.signal, say }).then(
      (found) => take({ state: "ready", found }),
      (error) => take({ state: "failed", error: asSluiceError(error) }),
    );
    return () => stopping.abort();
  }, [key, connector, session]);
  if (connector?.late === undefined) return undefined;
  const isOfToday = state !== undefined && (key === undefined || state.key === key);
  return isOfToday ? state.fields : { state: "asking", said: "" };
}

interface Question {
  connector: Connector;
  draft: Draft;
  signal: AbortSignal;
  say(message: string): void;
}

async function ask(session: Session, { connector, draft, signal, say }: Question): Promise<LateFields> {
  const { workspace, redactor } = session;
  const source = await unfinishedSource(session, connector, draft);
  const asking = { workspace, signal, say, addSecrets: redactor.add };
  const found = await askConnector(asking, nameOf(draft), source, async (ctx) => connector.late?.ask(ctx));
  if (found === undefined) throw new Error(`${connector.name} has no fields to tell`);
  return found;
}

function keyOf({ late }: Connector, { entry }: Draft): string {
  const { [late?.option ?? ""]: _late, ...options } = optionsOf(entry);
  return canonicalJson([entry.type ?? null, options]);
}
