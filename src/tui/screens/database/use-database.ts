import { useCallback, useEffect, useState } from "react";
import { asSluiceError, type SluiceError } from "../../../core/errors.ts";
import { type DatabaseOverview, databaseOverview } from "../../../databases/postgres/overview.ts";
import { type DestinationStatus, destinationStatus } from "../../../runner/destination-status.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";

export interface Database {
  isLoading: boolean;
  /** Undefined when the destination cannot be resolved. */
  status?: DestinationStatus;
  /** Undefined when it does not run or cannot be asked. */
  overview?: DatabaseOverview;
  error?: SluiceError;
}

/** A destination and what is in it, looked at once and again when asked to. What stands still is not started. */
export function useDatabase(name: string | undefined): { database: Database; lookAgain(): Promise<void> } {
  const session = useSession();
  const [database, setDatabase] = useState<Database>({ isLoading: true });
  const lookAgain = useCallback(async () => {
    if (name === undefined) return;
    setDatabase((before) => ({ ...before, isLoading: true }));
    setDatabase(await look(session, name));
  }, [session, name]);
  useEffect(() => void lookAgain(), [lookAgain]);
  return { database, lookAgain };
}

async function look({ workspace, redactor }: Session, name: string): Promise<Database> {
  let status: DestinationStatus | undefined;
  try {
    status = await destinationStatus(workspace, name);
    const { address } = status;
    redactor.add([address?.password ?? ""]);
    if (address === undefined) return { isLoading: false, status };
    return { isLoading: false, status, overview: await databaseOverview(address) };
  } catch (error) {
    return { isLoading: false, ...(status === undefined ? {} : { status }), error: asSluiceError(error) };
  }
}
