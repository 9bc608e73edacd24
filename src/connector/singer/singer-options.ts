import { z } from "zod";

const name = z.string().min(1);
const json = z.record(z.string(), z.json());

/** What a connection of a tap may set. */
export function singerOptions() {
  return z.strictObject({
    package: name
      .optional()
      .describe(
        "The tap's Python package as pip takes it: tap-github==2.0.1. It is installed for this workspace once.",
      ),
    python: name.optional().describe("The Python that the package is installed with. python3 unless given."),
    command: name
      .optional()
      .describe(
        "The tap's program. That of the package, unless there are several; without a package one of the system's.",
      ),
    args: z.array(z.string()).optional().describe("Arguments before those that every tap takes."),
    env: z.record(z.string(), z.string()).optional().describe("Environment variables for the tap."),
    config: json
      .optional()
      .describe("The tap's config, as its documentation has it. Secret settings go to the connection's secrets."),
    catalog: name
      .optional()
      .describe("A catalog file to use instead of asking the tap. Relative paths start at the workspace."),
    catalog_flag: z
      .enum(["--catalog", "--properties"])
      .optional()
      .describe("How the tap takes its catalog. --catalog unless given; old taps know --properties."),
    plain: z
      .boolean()
      .optional()
      .describe("The program takes no arguments of a tap: it only prints messages, such as `cat`."),
    stream_names: z
      .array(name)
      .optional()
      .describe("The streams of a plain program. Without them it is run once more to find out."),
    properties: z
      .record(z.string(), z.array(name))
      .optional()
      .describe("By stream, the properties to load, with * and, to leave some out, ! in front. All unless given."),
    metadata: z
      .record(z.string(), json)
      .optional()
      .describe("By stream, what to put into the catalog's metadata, such as replication-method."),
    timeout_s: z.number().positive().optional().describe("Seconds that the tap may print nothing. 1800 unless given."),
  });
}

export type SingerOptions = z.output<ReturnType<typeof singerOptions>>;

export type SingerSecrets = Record<string, string>;
