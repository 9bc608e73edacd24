import { isUtf8 } from "node:buffer";
import { startChild } from "../../system/child-process.ts";
import { ConnectorError } from "../connector-error.ts";
import { hasInexactNumber, parseExactJson } from "../formats/exact-numbers.ts";
import type { Program, ProgramContext } from "./program-context.ts";
import { sayLine } from "./program-log.ts";
import { lastLines } from "./python-package.ts";
import { type Message, type RecordPlace, type RecordRun, RecordRuns } from "./record-runs.ts";

export type { Message } from "./record-runs.ts";

const LINE_FEED = 0x0a;
/** Text that is no message is told so many times, then counted. */
const TEXTS_TOLD = 20;

/**
 * Runs a program and gives the messages that it prints, one JSON object a line, in groups as they come. Reading slowly
 * slows the program down. Text that is no message is said in the log; a message that is broken is an error. Throws
 * when the program fails or prints nothing for too long; ends it when the reader ends or the run is cancelled.
 */
export function programMessages(
  ctx: ProgramContext,
  program: Program,
  args: readonly string[],
): AsyncGenerator<Message[]> {
  // Without a place for records there are no runs of them.
  return groupsOf(ctx, program, args, new MessageLines(ctx, program.name)) as AsyncGenerator<Message[]>;
}

/**
 * The same where most messages are records: those of a stream that come one after the other are given together, not one
 * by one. The order of the other messages among them stays.
 */
export function programRecords(
  ctx: ProgramContext,
  program: Program,
  args: readonly string[],
  place: RecordPlace,
): AsyncGenerator<(Message | RecordRun)[]> {
  return groupsOf(ctx, program, args, new MessageLines(ctx, program.name, new RecordRuns(place)));
}

async function* groupsOf(
  ctx: ProgramContext,
  program: Program,
  args: readonly string[],
  lines: MessageLines,
): AsyncGenerator<(Message | RecordRun)[]> {
  const child = await startChild(program.command, [...program.args, ...args], {
    cwd: ctx.workspace,
    env: program.env,
    signal: ctx.signal,
    onLine: (line) => sayLine(ctx, program.name, line),
  });
  let isOver = false;
  try {
    for await (const chunk of unlessSilent(child.stdout, program)) {
      const messages = lines.take(chunk);
      if (messages.length > 0) yield messages;
      lines.assertWhole();
    }
    const rest = lines.end();
    const ending = await child.ended;
    isOver = true;
    if (ctx.signal.aborted) return;
    if (!ending.ok) throw programFailed(program, ending);
    if (rest.length > 0) yield rest;
    lines.assertWhole();
  } finally {
    if (!isOver) {
      child.stop();
      await child.ended;
    }
  }
}

/** The time that the reader takes does not count: a program that may not go on is not silent. */
async function* unlessSilent(stdout: AsyncIterable<Buffer>, program: Program): AsyncGenerator<Buffer> {
  const iterator = stdout[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await withinTime(iterator.next(), program);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not waited for: it would wait for output in its turn, and the program is only ended after this.
    iterator.return?.()?.catch(() => {});
  }
}

async function withinTime<T>(promise: Promise<T>, { name, silence_ms }: Program): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(programSilent(name, silence_ms)), silence_ms);
  });
  try {
    return await Promise.race([promise, silent]);
  } finally {
    clearTimeout(timer);
  }
}

/** Cuts bytes into lines and lines into messages. */
class MessageLines {
  readonly #ctx: ProgramContext;
  readonly #name: string;
  readonly #records: RecordRuns | undefined;
  /** The beginning of a line whose end has not come yet. */
  #rest: Buffer[] = [];
  #line = 0;
  #texts = 0;
  #broken: ConnectorError | undefined;

  constructor(ctx: ProgramContext, name: string, records?: RecordRuns) {
    this.#ctx = ctx;
    this.#name = name;
    this.#records = records;
  }

  take(chunk: Buffer): (Message | RecordRun)[] {
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end === -1) {
      this.#rest.push(chunk);
      return [];
    }
    const whole = Buffer.concat([...this.#rest, chunk.subarray(0, end)]);
    this.#rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    return this.#parse(whole);
  }

  /** The last line may lack its end. */
  end(): (Message | RecordRun)[] {
    const rest = Buffer.concat(this.#rest);
    if (this.#texts > TEXTS_TOLD)
      this.#ctx.log("warn", `${this.#name} printed ${this.#texts} lines that are no messages.`, {});
    return rest.length === 0 ? [] : this.#parse(rest);
  }

  /** Throws once what came before a broken message has been given. */
  assertWhole(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  #parse(lines: Buffer): (Message | RecordRun)[] {
    const bytes = isUtf8(lines) ? lines : Buffer.from(lines.toString("utf8"));
    const messages: (Message | RecordRun)[] = [];
    for (let start = 0; start <= bytes.length && this.#broken === undefined; ) {
      const end = lineEnd(bytes, start);
      this.#line++;
      if (this.#records?.read(bytes, start, end) !== true) this.#take(bytes.toString("utf8", start, end), messages);
      start = end + 1;
    }
    if (this.#records !== undefined) messages.push(...this.#records.take());
    return messages;
  }

  #take(line: string, messages: (Message | RecordRun)[]): void {
    const message = this.#message(line);
    if (message === undefined || this.#records?.join(line, message) === true) return;
    if (this.#records !== undefined) messages.push(...this.#records.take());
    messages.push(message);
  }

  #message(line: string): Message | undefined {
    if (line.charCodeAt(0) !== 123 && !line.trimStart().startsWith("{")) return this.#text(line);
    try {
      return parseCarefully(line) as Message;
    } catch (cause) {
      this.#broken = brokenMessage(this.#name, this.#line, cause);
      return undefined;
    }
  }

  #text(line: string): undefined {
    if (line.trim() === "") return undefined;
    this.#texts++;
    if (this.#texts <= TEXTS_TOLD)
      this.#ctx.log("warn", `${this.#name} printed a line that is no message: ${line.slice(0, 200)}`, {
        line: this.#line,
      });
    return undefined;
  }
}

function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(LINE_FEED, start);
  return end === -1 ? bytes.length : end;
}

function parseCarefully(line: string): unknown {
  return hasInexactNumber(line) ? parseExactJson(line) : JSON.parse(line);
}

function brokenMessage(name: string, line: number, cause: unknown): ConnectorError {
  const message = `reading from ${name}: line ${line} of its output begins like a message and is not valid JSON. What came before its last state is kept; look at the program's log, or report it to its authors.`;
  return new ConnectorError("source_format", message, {
    details: { program: name, line },
    cause: new Error((cause as Error).name),
  });
}

export function programFailed(
  { name, command }: Program,
  ending: { summary: string; stderr: string; exit_code?: number | undefined },
): ConnectorError {
  const how = ending.summary.slice(ending.summary.indexOf(": ") + 2);
  if (/not found|may not be executed/.test(how)) {
    const message = `running ${name}: ${command}: ${how}. Install it, or correct the option \`command\`.`;
    return new ConnectorError("program_missing", message, { details: { command } });
  }
  const words = lastLines(ending.stderr);
  const message = `running ${name}: ${how}${words === "" ? "" : `; its last words: ${words}`}.`;
  return new ConnectorError("program_failed", message, { details: { program: name } });
}

function programSilent(name: string, silence_ms: number): ConnectorError {
  const message = `reading from ${name}: it printed nothing for ${silence_ms / 1000} s and was ended. What came before its last state is kept. Run again, or raise the option \`timeout_s\`.`;
  return new ConnectorError("program_silent", message, { details: { program: name } });
}
