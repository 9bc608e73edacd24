import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runChild } from "../../system/child-process.ts";
import { withFileLock } from "../../system/file-lock.ts";
import { ConnectorError } from "../connector-error.ts";
import type { ProgramContext } from "./program-context.ts";

/** What a package that has been installed brings. */
export interface InstalledPackage {
  /** The folder of its programs. */
  bin: string;
  /** The names of its programs: `tap-csv`. */
  programs: string[];
  version: string;
}

export interface PackageRequest {
  /** As pip takes it: `tap-csv==1.2.3`, a path, a git address. */
  package: string;
  /** The interpreter; the first of the usual names unless given. */
  python?: string | undefined;
}

const INTERPRETERS = ["python3", "python"];
/** Written last: a folder without it was left half made. */
const MARK = "sluice-installed.json";
/** Installing may take minutes; several connections may want the same package. */
const INSTALL_PATIENCE_MS = 15 * 60_000;
const LAST_LINES = 5;
/** What of pip's talk tells how far it is. */
const NEWS = /^(Collecting|Downloading|Building wheel|Installing collected packages|Successfully installed)\b/;

/** Lists a distribution's programs: run with the virtual environment's interpreter. */
const LIST_PROGRAMS = `
import json, sys
from importlib import metadata
before = set(json.loads(sys.argv[1]))
found = {d.metadata["Name"]: d for d in metadata.distributions()}
asked = [d for n, d in found.items() if (d.read_text("REQUESTED") is not None) and n not in before]
programs = [e.name for d in asked for e in d.entry_points if e.group == "console_scripts"]
print(json.dumps({"programs": sorted(set(programs)), "version": asked[0].version if asked else ""}))
`;

/**
 * A Python package in a virtual environment of its own under `.sluice/venvs`: made once for each package, version and
 * interpreter, and shared by all connections that want the same.
 */
export async function installPackage(ctx: ProgramContext, request: PackageRequest): Promise<InstalledPackage> {
  const python = await findPython(ctx, request);
  const name = `${request.package
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)}-${digest([request.package, python.command, python.version])}`;
  const folder = join(ctx.workspace, ".sluice", "venvs", name);
  const present = await readMark(folder);
  if (present !== undefined) return present;
  await mkdir(join(ctx.workspace, ".sluice", "venvs"), { recursive: true });
  const waiting = { wait_ms: INSTALL_PATIENCE_MS, purpose: `installing ${request.package}`, signal: ctx.signal };
  return withFileLock(folder, waiting, async () => {
    return (await readMark(folder)) ?? (await install(ctx, { ...request, folder, python: python.command }));
  });
}

async function readMark(folder: string): Promise<InstalledPackage | undefined> {
  try {
    const mark = JSON.parse(await readFile(join(folder, MARK), "utf8")) as InstalledPackage;
    return { ...mark, bin: join(folder, "bin") };
  } catch {
    return undefined;
  }
}

async function install(
  ctx: ProgramContext,
  { package: name, python, folder }: PackageRequest & { python: string; folder: string },
): Promise<InstalledPackage> {
  await rm(folder, { recursive: true, force: true });
  ctx.log("info", `installing ${name} into ${folder}: this happens once`, { package: name });
  const made = await runChild(python, ["-m", "venv", folder], { signal: ctx.signal });
  ctx.signal.throwIfAborted();
  if (!made.ok) throw venvMissing(name, python, `${made.stdout}\n${made.stderr}`, made.summary);
  const interpreter = join(folder, "bin", "python");
  const before = await listPrograms(interpreter, "[]", "before");
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", name];
  const onLine = (line: string) => {
    if (NEWS.test(line.trim())) ctx.log("info", `pip: ${line.trim()}`, { package: name });
  };
  const done = await runChild(interpreter, pip, { signal: ctx.signal, onLine });
  ctx.signal.throwIfAborted();
  if (!done.ok) throw notInstalled(name, done.stderr || done.stdout);
  const found = JSON.parse(await listPrograms(interpreter, before, "after")) as Omit<InstalledPackage, "bin">;
  await writeFile(join(folder, MARK), JSON.stringify({ package: name, ...found }));
  ctx.log("info", `${name} is installed (${found.version})`, { package: name, programs: found.programs });
  return { ...found, bin: join(folder, "bin") };
}

async function listPrograms(interpreter: string, before: string, when: "before" | "after"): Promise<string> {
  if (when === "before") {
    const names =
      'import json; from importlib import metadata; print(json.dumps([d.metadata["Name"] for d in metadata.distributions()]))';
    return (await runChild(interpreter, ["-c", names])).stdout;
  }
  const listed = await runChild(interpreter, ["-c", LIST_PROGRAMS, before]);
  if (!listed.ok) throw notInstalled(interpreter, listed.stderr);
  return listed.stdout;
}

interface Interpreter {
  command: string;
  version: string;
}

async function findPython(ctx: ProgramContext, request: PackageRequest): Promise<Interpreter> {
  const wanted = request.python === undefined ? INTERPRETERS : [request.python];
  for (const command of wanted) {
    const { ok, stdout } = await runChild(command, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], {
      signal: ctx.signal,
    });
    ctx.signal.throwIfAborted();
    if (ok && stdout.startsWith("3.")) return { command, version: stdout.trim() };
  }
  const message = `installing ${request.package}: no Python 3 was found as ${wanted.join(" or ")}. Install Python 3 with its venv module (on Debian: \`apt-get install python3-venv\`), or name an interpreter with the option \`python\`.`;
  throw new ConnectorError("python_missing", message, { details: { tried: wanted } });
}

function venvMissing(name: string, python: string, said: string, summary: string): ConnectorError {
  const why = lastLines(said) || summary;
  const message = `installing ${name}: ${python} could not make a virtual environment: ${why}. Install its venv module (on Debian: \`apt-get install python3-venv\`), or name another interpreter with the option \`python\`.`;
  return new ConnectorError("python_missing", message, { details: { package: name } });
}

function notInstalled(name: string, said: string): ConnectorError {
  const errors = said.split("\n").filter((line) => line.trim().startsWith("ERROR"));
  const why = lastLines(errors.length > 0 ? errors.join("\n") : said);
  const message = `installing ${name}: pip failed: ${why}. Correct the option \`package\` (name, version), or give pip the index it needs by its own settings; the next run tries again.`;
  return new ConnectorError("package_not_installed", message, { details: { package: name } });
}

/** A program's last words, as one line. */
export function lastLines(said: string): string {
  const lines = said.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).slice(-LAST_LINES).join(" | ").replace(/\.$/, "");
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 8);
}
