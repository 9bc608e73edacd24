import { isSluiceError, SluiceError } from "../core/errors.ts";
import type { Problem } from "../core/schema-problems.ts";
import { connectionInvalid, placeInConfig } from "../workspace/config-file.ts";
import type { Workspace } from "../workspace/locate.ts";

/** An error that one part of a connection caused, with the problems that it stands for. */
interface Finding {
  error: SluiceError;
  /** Of the part, in `config.json`. */
  path: string;
  problems: readonly Problem[];
}

/** Their messages name a thing and not where it is asked for. */
const WITHOUT_PLACE = new Set(["connector_unknown", "destination_unconfigured"]);

/** What is wrong with a connection, gathered part by part so that a person mends all of it at once. */
export class ConnectionFindings {
  readonly #workspace: Workspace;
  readonly #name: string;
  readonly #all: Finding[] = [];

  constructor(workspace: Workspace, name: string) {
    this.#workspace = workspace;
    this.#name = name;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  add(error: SluiceError, path: string): void {
    const { problems } = error.details;
    const listed = Array.isArray(problems) ? (problems as unknown as Problem[]) : [{ path, message: error.message }];
    // A secrets file that cannot be read is met twice: by the destination and by the connector.
    if (this.#all.some((other) => other.error.message === error.message)) return;
    this.#all.push({ error, path, problems: listed });
  }

  /** What `work` returns, or undefined when it threw: then that is a finding about `path`. */
  async collect<T>(work: () => Promise<T>, path: string): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      this.add(error, path);
      return undefined;
    }
  }

  /** One finding keeps its own code; several become one error that lists everything. */
  async asOneError(): Promise<SluiceError> {
    const [first, second] = this.#all;
    if (first !== undefined && second === undefined) return this.#withPlace(first);
    return connectionInvalid(
      this.#workspace,
      this.#name,
      this.#all.flatMap(({ problems }) => problems),
    );
  }

  async #withPlace({ error, path }: Finding): Promise<SluiceError> {
    if (!WITHOUT_PLACE.has(error.code)) return error;
    const place = await placeInConfig(this.#workspace, path);
    const { cause, details } = error;
    return new SluiceError(error.code, `${error.message} It is named at ${place}.`, {
      ...(cause === undefined ? {} : { cause }),
      details: { ...details, place },
    });
  }
}
