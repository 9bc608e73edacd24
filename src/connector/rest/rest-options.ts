import { z } from "zod";
import { authOptions } from "./auth-options.ts";
import { restProblems } from "./rest-problems.ts";
import { defaultOptions, headersOptions, paramsOptions, streamOptions } from "./stream-options.ts";

/** A whole API, as the connector `rest_api` has it in its options. Made when asked for: every connector loads the kit. */
export const restOptions = () =>
  z
    .strictObject({
      base_url: z
        .url({ protocol: /^https?$/, error: "must be an address that begins with https:// or http://" })
        .describe("Paths are below it: https://api.example.com/v2."),
      auth: authOptions().optional(),
      headers: headersOptions().optional(),
      params: paramsOptions().optional(),
      variables: z
        .record(z.string(), z.union([z.string(), z.number()]))
        .default({})
        .describe('Values for `{places}` in all streams: `{ "org": "acme" }`.'),
      rate_limit: z
        .strictObject({
          requests: z.number().positive().describe("So many requests …"),
          per_s: z.number().positive().default(1).describe("… in so many seconds."),
        })
        .optional()
        .describe("What the API allows. What its headers say is heeded anyway."),
      concurrency: z.int().min(1).max(100).optional().describe("Requests at once, over all streams. 4 unless given."),
      timeout_s: z.number().positive().optional().describe("Seconds until an answer begins. 60 unless given."),
      retries: z.int().min(0).max(20).optional().describe("Attempts after the first one of a request. 4 unless given."),
      max_wait_s: z
        .number()
        .positive()
        .optional()
        .describe("The longest pause that the API may ask for; beyond it the run fails. 300 unless given."),
      proxy: z.string().optional().describe('Address of a proxy; "" for none, whatever the environment says.'),
      ca_file: z
        .string()
        .optional()
        .describe("A PEM file with certificate authorities to trust besides the usual ones."),
      check: z
        .string()
        .optional()
        .describe("Path that proves that the login works. The first stream's first page unless given."),
      defaults: defaultOptions().prefault({}).describe("What holds for every stream that does not say otherwise."),
      streams: z
        .record(z.string(), streamOptions())
        .refine((streams) => Object.keys(streams).length > 0, "must not be empty")
        .describe("What is read, by the name of its table."),
    })
    .superRefine((options, ctx) => {
      for (const { path, message } of restProblems(options)) ctx.addIssue({ code: "custom", path, message });
    });

export type RestOptions = z.output<ReturnType<typeof restOptions>>;
