import { z } from "zod";

const name = z.string().min(1);

/** What a connection of an Airbyte source may set. */
export function airbyteOptions() {
  return z.strictObject({
    package: name
      .optional()
      .describe(
        "The source's Python package as pip takes it: airbyte-source-faker==7.2.1. It is installed for this workspace once.",
      ),
    python: name.optional().describe("The Python that the package is installed with. python3 unless given."),
    image: name
      .optional()
      .describe("The source's container image, in place of a package: airbyte/source-faker:7.2.1. Needs an engine."),
    engine: name.optional().describe("The container engine's program. docker unless given; podman takes the same."),
    image_args: z
      .array(z.string())
      .optional()
      .describe("Further arguments of the engine's `run`, as --network host or -v /data:/local:ro."),
    command: name
      .optional()
      .describe(
        "The source's program. That of the package, unless there are several; without a package one of the system's.",
      ),
    args: z.array(z.string()).optional().describe("Arguments before those that every source takes."),
    env: z.record(z.string(), z.string()).optional().describe("Environment variables for the source."),
    config: z
      .record(z.string(), z.json())
      .optional()
      .describe("The source's config, as its specification has it. Its secret fields go to the connection's secrets."),
    properties: z
      .record(z.string(), z.array(name))
      .optional()
      .describe("By stream, the properties to load, with * and, to leave some out, ! in front. All unless given."),
    ignore_counts: z
      .boolean()
      .optional()
      .describe("Load on where fewer records came than the source says it gave. Such a run fails unless this is set."),
    timeout_s: z
      .number()
      .positive()
      .optional()
      .describe("Seconds that the source may print nothing. 1800 unless given."),
  });
}

export type AirbyteOptions = z.output<ReturnType<typeof airbyteOptions>>;

export type AirbyteSecrets = Record<string, string>;
