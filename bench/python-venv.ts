import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { installPackage } from "../src/connector/external/python-package.ts";

/** The folder of a Python package's programs; it is installed into `folder` the first time. */
export async function installedPrograms(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const ctx = {
    ...{ connection: "bench", workspace: folder, signal: new AbortController().signal, defer: () => {} },
    log: (_level: string, message: string) => void process.stderr.write(`${message}\n`),
  };
  return join((await installPackage(ctx, { package: name })).bin);
}
