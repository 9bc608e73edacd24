import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compactTimestamp, isoTime } from "../../core/time.ts";

export interface Crash {
  error: unknown;
  /** Milliseconds since the Unix epoch. */
  at: number;
  version: string;
  /** Where the person was: `connections › orders`. */
  where: string;
  size: { columns: number; rows: number };
  /** Takes secrets out. */
  redact(text: string): string;
}

/** Writes what is needed to find the defect, into `folder` or, where that cannot be written, the system's own. */
export async function writeCrashFile(folder: string, crash: Crash): Promise<string | undefined> {
  const name = `crash-${compactTimestamp(crash.at)}.txt`;
  for (const place of [folder, tmpdir()]) {
    try {
      await mkdir(place, { recursive: true });
      const path = join(place, name);
      await writeFile(path, describe(crash), { mode: 0o600 });
      return path;
    } catch {
      // The next place; without any there is no file, and the message on the terminal must do.
    }
  }
  return undefined;
}

function describe({ error, at, version, where, size, redact }: Crash): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = [
    `Sluice ${version} on Node ${process.version}, ${process.platform} ${process.arch}`,
    `${isoTime(at)}, ${size.columns} × ${size.rows}, at ${where}`,
    "",
    redact(stack),
  ];
  return `${lines.join("\n")}\n`;
}
