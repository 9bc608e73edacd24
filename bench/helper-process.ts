import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "./bench-workspace.ts";

export interface HelperProcess extends AsyncDisposable {
  port: number;
}

/** A script of `limits/` that serves something: it prints its port and ends when its stdin does. */
export async function startHelper(script: string, args: readonly (string | number)[]): Promise<HelperProcess> {
  const path = join(ROOT, "bench", "limits", script);
  const child = spawn(process.execPath, [path, ...args.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  return {
    port: Number(String(port)),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "close");
      child.stdin.end();
      await ended;
    },
  };
}
