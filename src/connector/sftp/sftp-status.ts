import { ConnectorError } from "../connector-error.ts";

const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

/** The server's answer to a request that it does not fulfil. */
export class SftpStatus extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the server's status means; other errors stay what they are. */
export function statusFailure(error: unknown, doing: string, path: string): unknown {
  if (!(error instanceof SftpStatus)) return error;
  const { status, message } = error;
  const how = { cause: error, details: { file: path } };
  if (status === NO_SUCH_FILE) {
    return new ConnectorError(
      "source_not_found",
      `${doing}: it does not exist on the server. Check the option \`path\`; relative paths start where the login does.`,
      how,
    );
  }
  if (status === PERMISSION_DENIED) {
    return new ConnectorError(
      "source_unreadable",
      `${doing}: the user may not read it. Give the user the right to read it, and to enter the folders before it.`,
      how,
    );
  }
  return new ConnectorError("source_unreadable", `${doing}: the server says "${message}".`, how);
}
