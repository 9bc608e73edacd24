import { SluiceError, type SluiceErrorOptions } from "../core/errors.ts";

/** The codes that a connector may give its failures; `docs/errors.md` says what each leads to. */
export type ConnectorErrorCode =
  | "connection_invalid"
  | "credentials_rejected"
  | "engine_missing"
  | "image_not_pulled"
  | "source_busy"
  | "package_not_installed"
  | "program_failed"
  | "program_missing"
  | "program_silent"
  | "python_missing"
  | "secret_missing"
  | "source_changed"
  | "source_changed_while_read"
  | "source_column"
  | "source_cursor"
  | "source_encoding"
  | "source_failed"
  | "source_format"
  | "source_lost"
  | "source_not_found"
  | "source_page_repeated"
  | "source_rate_limited"
  | "source_refused"
  | "source_tls"
  | "source_truncated"
  | "source_unreachable"
  | "source_unreadable"
  | "stream_unknown";

/** What a connector throws. The message says what was being done, what happened and what to do next, with its place. */
export class ConnectorError extends SluiceError {
  constructor(code: ConnectorErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(code, message, options);
  }
}
