import { useEffect, useState } from "react";
import { asSluiceError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { readConfigText } from "../../../workspace/config-text.ts";
import { connectionEntries, namesOf } from "../../../workspace/config-update.ts";
import { unknownConnection } from "../../../workspace/connection-unknown.ts";
import type { Workspace } from "../../../workspace/locate.ts";
import { useSession } from "../../session-context.ts";

/** A connection's entry as it stood in config.json when the screen was opened; what keeps it from being read; or not yet. */
export function useRawEntry(name: string): JsonObject | Error | undefined {
  const { workspace } = useSession();
  const [found, setFound] = useState<JsonObject | Error>();
  useEffect(() => {
    let isWanted = true;
    const take = (result: JsonObject | Error) => {
      if (isWanted) setFound(result);
    };
    readEntry(workspace, name).then(take, (error) => take(asSluiceError(error)));
    return () => {
      isWanted = false;
    };
  }, [workspace, name]);
  return found;
}

/** Also of a connection that is not valid. */
export async function readEntry(workspace: Workspace, name: string): Promise<JsonObject> {
  const entries = connectionEntries((await readConfigText(workspace)).raw);
  const entry = entries.find((each) => each.name === name);
  if (entry === undefined) throw unknownConnection(workspace, name, namesOf(entries));
  return structuredClone(entry);
}
