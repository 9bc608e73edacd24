import { isSluiceError } from "../../core/errors.ts";
import type { RecordBatch } from "../define-connector.ts";
import { type Failure, failed, type Subject } from "./failure.ts";
import type { HttpAnswer, HttpResponse } from "./http-client.ts";
import { bodyText, parseJsonBody } from "./json-body.ts";
import { streamRecords } from "./json-stream.ts";
import { networkFailure, streamFailure } from "./network-failure.ts";
import type { FieldMap } from "./rate-headers.ts";
import type { ResponseBody } from "./response-body.ts";

const NO_CONTENT = 204;

export interface AnswerParts {
  status: number;
  fields: FieldMap;
  body: ResponseBody;
  signal: AbortSignal;
  /** Made only when something has to be said. */
  subject(): Subject;
  max_body_bytes: number;
}

/** An answer whose beginning, and mostly the whole of it, has been read. */
export class ReceivedAnswer implements HttpResponse {
  readonly status: number;
  readonly #parts: AnswerParts;
  #headers: Headers | undefined;
  #json: { value: unknown } | undefined;

  constructor(parts: AnswerParts) {
    this.status = parts.status;
    this.#parts = parts;
  }

  get url(): string {
    return this.#parts.subject().url;
  }

  get fields(): FieldMap {
    return this.#parts.fields;
  }

  /** Made when it is first asked for: most answers are not asked. */
  get headers(): Headers {
    this.#headers ??= asHeaders(this.#parts.fields);
    return this.#headers;
  }

  /** The JSON of a body that is in memory. @throws JsonBodyError */
  parse(): unknown {
    const bytes = this.#parts.body.whole;
    if (bytes === undefined || this.status === NO_CONTENT) return undefined;
    this.#json ??= { value: parseJsonBody(bytes, this.#kind()) };
    return this.#json.value;
  }

  /** As a judge sees it. */
  get judged(): HttpAnswer {
    const { status, headers, url } = this;
    return { status, headers, url, json: () => this.parseOr(undefined), text: () => this.beginning };
  }

  parseOr(otherwise: unknown): unknown {
    try {
      return this.parse();
    } catch {
      return otherwise;
    }
  }

  /** The text of a body that is in memory; "" for a longer one. */
  get beginning(): string {
    const bytes = this.#parts.body.whole;
    return bytes === undefined ? "" : bodyText(bytes.subarray(0, 64 * 1024), this.#contentType);
  }

  async json<T = unknown>(): Promise<T> {
    if (this.#json === undefined && this.status !== NO_CONTENT) {
      const bytes = await this.bytes();
      try {
        this.#json = { value: parseJsonBody(bytes, this.#kind()) };
      } catch (cause) {
        throw this.#failure(cause).error;
      }
    }
    return this.#json?.value as T;
  }

  async text(): Promise<string> {
    return bodyText(await this.bytes(), this.#contentType);
  }

  async bytes(): Promise<Buffer> {
    const { body, max_body_bytes } = this.#parts;
    if (body.whole !== undefined) return body.whole;
    const bytes = await this.#readAll();
    if (bytes !== undefined) return bytes;
    await body.discard();
    const { doing, host, url } = this.#parts.subject();
    const message = `${doing}: the answer of ${host} is longer than ${max_body_bytes} bytes. Read it with \`records\`, or raise \`max_body_bytes\`.`;
    throw failed("source_format", message, { url, status: this.status });
  }

  async *records(pointer = ""): AsyncGenerator<RecordBatch> {
    let records = 0;
    try {
      for await (const batch of streamRecords(this.chunks(), this.url, pointer)) {
        records += batch.rows.length;
        yield batch;
      }
    } catch (error) {
      throw this.#asRecordsError(error, pointer, records);
    }
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    const chunks = this.#parts.body.chunks();
    try {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        bytes += next.value.length;
        yield next.value;
      }
    } catch (cause) {
      throw this.#asStreamError(cause, bytes);
    } finally {
      await chunks.return(undefined);
    }
  }

  discard(): Promise<void> {
    return this.#parts.body.discard();
  }

  get #contentType(): string | undefined {
    const field = this.#parts.fields["content-type"];
    return Array.isArray(field) ? field[0] : field;
  }

  #kind() {
    return { contentType: this.#contentType, secrets: this.#parts.subject().secrets };
  }

  #failure(cause: unknown): Failure {
    return networkFailure(cause, this.#parts.subject(), this.status);
  }

  async #readAll(): Promise<Buffer | undefined> {
    const { body, max_body_bytes } = this.#parts;
    try {
      return await body.read(max_body_bytes);
    } catch (cause) {
      throw this.#asStreamError(cause, body.heldBytes);
    }
  }

  #asStreamError(cause: unknown, bytes: number): unknown {
    const { signal, subject } = this.#parts;
    return signal.aborted ? signal.reason : streamFailure(cause, subject(), this.status, bytes);
  }

  /** The parser's messages are about files. */
  #asRecordsError(error: unknown, pointer: string, records: number): unknown {
    if (!isSluiceError(error) || error.details["file"] === undefined) return error;
    const { doing, host, url } = this.#parts.subject();
    const given = { url, status: this.status, cause: error };
    if (error.code === "source_truncated") {
      const message = `${doing}: the answer of ${host} ends after ${records} records, before its JSON is closed. Run again later; if it happens every time, the fault is the source's.`;
      return failed("source_truncated", message, given);
    }
    const where = pointer === "" ? "" : ` with records at ${pointer}`;
    const message = `${doing}: the answer of ${host} is not valid JSON${where} (after ${records} records). Check the address and where its records are.`;
    return failed(error.code === "source_encoding" ? "source_encoding" : "source_format", message, given);
  }
}

function asHeaders(fields: FieldMap): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  }
  return headers;
}
