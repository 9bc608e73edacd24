import { defineConnector, z } from "sluice/connector";

// biome-ignore lint/style/noDefaultExport: the default export is what makes a file a connector.
export default defineConnector({
  name: "guarded",
  title: "Guarded",
  description: "Has one stream, and a secret without which it cannot be read.",
  options: z.strictObject({}),
  secrets: z.strictObject({ token: z.string().describe("lets one in") }),
  check: async () => ({ message: "in" }),
  streams: [
    {
      name: "gems",
      async *read() {
        yield { rows: [{ id: 1 }] };
      },
    },
  ],
});
