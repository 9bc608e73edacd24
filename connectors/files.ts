import { defineConnector, fileOptions, fileStreams, findFiles, localStore, pathOption, z } from "sluice/connector";

const options = z.strictObject({
  path: pathOption("A file, a glob such as data/*.csv, or a list of them. Relative paths start at the workspace."),
  ...fileOptions,
});

export default defineConnector({
  name: "files",
  title: "Files",
  description:
    "CSV, TSV, NDJSON, JSON and Parquet files, plain or packed with gzip or zstd; new and grown files are loaded once.",
  options,
  secrets: z.strictObject({}),

  async check({ options, workspace }) {
    const { message, details, warnings } = await findFiles(localStore(workspace), options);
    return { message, details, warnings };
  },

  streams: async (ctx) => fileStreams(ctx, ({ workspace }) => localStore(workspace)),
});
