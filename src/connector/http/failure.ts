import { isoTime } from "../../core/time.ts";
import { ConnectorError, type ConnectorErrorCode } from "../connector-error.ts";

/** Why an attempt did not give an answer, and what may be done about it. */
export interface Failure {
  error: ConnectorError;
  /** It may pass by itself. */
  passing: boolean;
  /** The server has not seen the request, or the connector says so: it may be repeated whatever its method. */
  harmless?: boolean;
  /** How long the server asks to wait. */
  wait_ms?: number;
  /** The server counts requests and has had enough. */
  limited?: boolean;
  /** The access token is not valid any more. */
  stale?: boolean;
  status?: number;
}

/** What messages need to know of a request. */
export interface Subject {
  /** `reading page 3 of cards`, or the method and the address. */
  doing: string;
  /** The host with its port, as messages name it. */
  host: string;
  /** The address without its secrets. */
  url: string;
  /** `set the secret \`token\` anew with \`sluice secrets set team_board token\`` */
  renewal: string;
  /** Values that are never quoted. */
  secrets: readonly string[];
}

export function failed(
  code: ConnectorErrorCode,
  message: string,
  { status, url, cause }: { status?: number | undefined; url: string; cause?: unknown },
): ConnectorError {
  return new ConnectorError(code, message, { cause, details: { url, ...(status === undefined ? {} : { status }) } });
}

/** The failure of a request that the server asks to be repeated later than a run waits. */
export function waitTooLong(subject: Subject, wait_ms: number, now: number, status?: number): ConnectorError {
  const again = isoTime(now + wait_ms).replace(/\.\d+Z$/, "Z");
  return new ConnectorError(
    "source_rate_limited",
    `${subject.doing}: ${subject.host} allows no more requests before ${again}. Run again after that, or raise \`max_wait_ms\`.`,
    {
      details: {
        url: subject.url,
        wait_ms: Math.round(wait_ms),
        retry_at: again,
        ...(status === undefined ? {} : { status }),
      },
    },
  );
}
