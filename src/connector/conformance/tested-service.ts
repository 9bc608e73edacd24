/** A service that a connector reads while it is checked, and that can be made to fail. */
export interface TestedService {
  /** All that have arrived, oldest first; `url` without the origin. */
  readonly requests: readonly { method: string; url: string }[];
  /** The next so many requests are answered so. */
  refuse(times: number, answer: ServiceAnswer): void;
  /** From that request on, counted from 1 from now, all are answered so. */
  refuseFrom(number: number, answer: ServiceAnswer): void;
  /** Nothing is answered any more. */
  fallSilent(): void;
  /** It works again. */
  heal(): void;
  /** How it refuses credentials, where that is not just a 401. */
  unauthorised?: ServiceAnswer;
  /** How it refuses too many requests, where that is not just a 429. */
  limited?: ServiceAnswer;
}

export interface ServiceAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** One of the two. */
  json?: unknown;
  body?: string;
}
