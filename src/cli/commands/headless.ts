import type { CommandSpec } from "../command.ts";
import { runOptions } from "./run-options.ts";

/** Only the help and the completion come from here: the headless runner reads its own arguments. */
export const headless: CommandSpec = {
  name: "headless",
  summary: "Run one connection for a program: JSON lines on stdout",
  notes:
    "Prints the run's events as JSON lines and then exactly one result line. Nothing else is ever written to stdout; text for people goes to stderr.",
  arguments: [
    {
      name: "connection",
      description: "the connection to run; --request may name it instead",
      optional: true,
      candidates: "connection",
    },
  ],
  options: [
    ...runOptions,
    {
      flags: "--request <source>",
      description: "read a JSON object from stdin that has these flags as its fields; a flag that is given too wins",
      candidates: ["-"],
    },
  ],
  json: "changes nothing: the output is always JSON lines",
  examples: [
    "sluice headless orders",
    `echo '{"connection":"orders","stream":["lines"],"retries":3}' | sluice headless --request -`,
  ],
  run: async () => ({ data: null, text: "", streamed: true }),
};
