import { writeFile } from "node:fs/promises";
import { type CatalogueEntry, errorCatalogue } from "../src/core/error-catalogue.ts";

/** Where the page is kept; `npm run docs` writes it, a test finds it stale. */
export const ERROR_PAGE = new URL("../docs/errors.md", import.meta.url);

const INTRODUCTION = `# Errors

Every failure has a stable code. It is in the \`error\` of events, of summaries and of the headless result:

\`\`\`json
{"code":"secret_missing","stage":"config","recovery":"stop_run","message":"…","cause":[]}
\`\`\`

- **stage**: where in a run's life it belongs: \`config\`, \`check\`, \`read\`, \`write\`, \`transform\` or \`state\`.
- **recovery**: what a run does about it by itself. \`retry\`: the attempt is repeated after a pause; \`stop_stream\`: this
  stream ends, the others go on; \`stop_run\`: everything ends; \`skip\`: it goes on without.
- **exit**: the exit code of a command that ends with it. A run in which some streams succeeded exits 4 instead.
- **message** says what was being done, what happened and what to do next; **cause** lists the messages below it.

This page is made from the catalogue in \`src/core/catalogue/\` with \`npm run docs\`.
`;

export function errorPage(): string {
  const sections = Object.entries(errorCatalogue).map(([code, entry]) => section(code, entry));
  return `${[INTRODUCTION, ...sections].join("\n")}`;
}

function section(code: string, { stage, recovery, exit, meaning, remedy }: CatalogueEntry): string {
  return `## ${code}\n\n${meaning}\n${remedy}\n\nstage \`${stage}\` · recovery \`${recovery}\` · exit ${exit}\n`;
}

if (import.meta.main) await writeFile(ERROR_PAGE, errorPage());
