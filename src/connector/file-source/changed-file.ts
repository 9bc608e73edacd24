import { ConnectorError } from "../connector-error.ts";
import type { FileReading } from "./read-file.ts";

/** Says that a file is loaded again from its beginning. @throws ConnectorError `source_changed` where that is not wanted */
export function startOver(key: string, { connection = "<connection>", settings, startedOver, log }: FileReading): void {
  if (settings.on_changed === "error") {
    throw new ConnectorError(
      "source_changed",
      `reading ${key}: the part of it that was loaded has changed since. To make the table anew from all files: \`sluice run ${connection} --full-refresh\`. To load just this file again, which doubles its rows in append: \`sluice connections edit ${connection} --option on_changed=reload\`.`,
      { details: { file: key } },
    );
  }
  log("info", `${key} has changed and is loaded again as a whole`, { file: key });
  startedOver.add(key);
}

export function changedWhileRead(key: string, cause?: unknown): ConnectorError {
  const message = `reading ${key}: it was changed while it was read. Run again when its writer has finished.`;
  return new ConnectorError("source_changed_while_read", message, { cause, details: { file: key } });
}
