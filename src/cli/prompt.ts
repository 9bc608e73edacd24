import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { SluiceError } from "../core/errors.ts";
import type { Io } from "./io.ts";

/** Asks a person. Without a terminal every question fails with `needs_terminal`, naming the flag that answers it. */
export interface Prompter {
  available: boolean;
  ask(question: string, flag: string, fallback?: string): Promise<string>;
  /** Like `ask`, without showing what is typed. */
  secret(question: string, flag: string): Promise<string>;
  /** The beginning of a choice is enough where it is the beginning of no other. */
  choose(question: string, flag: string, choices: readonly string[]): Promise<string>;
}

export function createPrompter(io: Io): Prompter {
  const available = io.stdin.isTTY === true && io.stderr.isTTY === true;
  const line = (question: string, flag: string, hidden: boolean): Promise<string> => {
    if (!available) throw needsTerminal(question, flag);
    return readLine(io, question, hidden);
  };
  const ask: Prompter["ask"] = async (question, flag, fallback) => {
    const hint = fallback === undefined ? "" : ` [${fallback}]`;
    const answer = (await line(`${question}${hint}: `, flag, false)).trim();
    return answer === "" && fallback !== undefined ? fallback : answer;
  };
  return {
    available,
    ask,
    secret: (question, flag) => line(`${question}: `, flag, true),
    async choose(question, flag, choices) {
      for (;;) {
        const answer = await ask(`${question} (${choices.join(", ")})`, flag);
        const meant = choices.includes(answer) ? [answer] : choices.filter((choice) => choice.startsWith(answer));
        if (answer !== "" && meant.length === 1) return meant[0] as string;
        io.stderr.write(`Please answer with one of: ${choices.join(", ")}\n`);
      }
    },
  };
}

function needsTerminal(question: string, flag: string): SluiceError {
  const asked = question.replace(/[:?\s]+$/, "");
  return new SluiceError("needs_terminal", `"${asked}" cannot be asked, there is no terminal. Give ${flag}.`);
}

/** One line from the terminal. Ctrl-C and the end of the input end the command as `interrupted`. */
function readLine(io: Io, question: string, hidden: boolean): Promise<string> {
  if (hidden) io.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = hidden ? silent : io.stderr;
  const reader = createInterface({ input: io.stdin, output, terminal: true });
  return new Promise((resolve, reject) => {
    const stop = () => {
      reader.close();
      io.stderr.write("\n");
      reject(new SluiceError("interrupted", "The question was not answered; nothing was changed."));
    };
    reader.once("SIGINT", stop);
    reader.once("close", stop);
    reader.question(hidden ? "" : question, (answer) => {
      reader.removeListener("close", stop);
      reader.close();
      if (hidden) io.stderr.write("\n");
      resolve(answer);
    });
  });
}
