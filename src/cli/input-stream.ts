import type { Input } from "./io.ts";

/** Everything that stdin has, as text. */
export async function readAllInput(stdin: Input): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
