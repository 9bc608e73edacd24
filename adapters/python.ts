import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** An interpreter of that version, for packages that ask for an old one; undefined when there is none. */
export function findPython(version: string): string | undefined {
  const versions = join(homedir(), ".pyenv", "versions");
  const installed = existsSync(versions) ? readdirSync(versions).filter((name) => name.startsWith(`${version}.`)) : [];
  const candidates = [`python${version}`, ...installed.map((name) => join(versions, name, "bin", "python"))];
  return candidates.find((command) => {
    try {
      execFileSync(command, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}
