import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { withFileLock } from "../src/system/file-lock.ts";

/*
 * Builds into a folder of its own and then swaps the link `dist` over to it: nobody ever sees half a build, and a process
 * that is still running keeps the files it was started from.
 *
 *   --if-stale  only when a source is newer than the build, and without the declarations, which no command needs
 *   --plain     make `dist` an ordinary folder, for packing
 */
const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const stamp = join(dist, ".stamp");
const sources = ["src", "connectors", "package.json", "tsdown.config.ts", "scripts/package-changes.ts"];

/** Processes that are still running may load chunks of the build they were started from. */
const BUILDS_KEPT = 3;
/** A build takes seconds; on a machine with much else to do, longer. */
const LOCK_WAIT_MS = 180_000;

const options = new Set(process.argv.slice(2));
if (!options.has("--if-stale")) build({ plain: options.has("--plain"), types: true });
else if (isStale()) await buildOnce();

/** Many commands may start at once after an update: one of them builds, the others wait for it. */
async function buildOnce(): Promise<void> {
  if (!canWrite(root)) {
    process.stderr.write(`sluice: the build in ${root} is missing or stale, and the folder cannot be written.\n`);
    if (!existsSync(stamp)) process.exitCode = 1;
    return;
  }
  await withFileLock(join(root, ".sluice", "build"), { wait_ms: LOCK_WAIT_MS, purpose: "building" }, async () => {
    if (isStale()) build({ plain: false, types: false });
  });
}

function build({ plain, types }: { plain: boolean; types: boolean }): void {
  process.stderr.write("building…\n");
  const started = new Date();
  const fresh = join(root, `dist.${started.getTime()}-${process.pid}`);
  const ok = run("tsdown/dist/run.mjs", ["--logLevel", "warn", "--out-dir", fresh]) && (!types || emitTypes(fresh));
  if (!ok) {
    rmSync(fresh, { recursive: true, force: true });
    process.exitCode = 1;
    return;
  }
  writeFileSync(join(fresh, ".stamp"), "");
  utimesSync(join(fresh, ".stamp"), started, started);
  if (plain) replaceFolder(fresh);
  else swapLink(fresh);
  removeOldBuilds(fresh);
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The declarations of the connector kit, for editors and for authors of connectors. */
function emitTypes(folder: string): boolean {
  const flags = ["--emitDeclarationOnly", "--declaration", "--noEmit", "false", "--rewriteRelativeImportExtensions"];
  return run("typescript/bin/tsc", ["-p", "tsconfig.build.json", ...flags, "--outDir", join(folder, "types")]);
}

function run(script: string, args: string[]): boolean {
  const path = join(root, "node_modules", script);
  const child = spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: ["ignore", 2, 2] });
  if (child.status !== 0) process.stderr.write(`building with ${script} failed: what it says stands above.\n`);
  return child.status === 0;
}

function swapLink(fresh: string): void {
  if (lstatSync(dist, { throwIfNoEntry: false })?.isDirectory()) renameSync(dist, `${fresh}.replaced`);
  const link = `${fresh}.link`;
  symlinkSync(basename(fresh), link);
  renameSync(link, dist);
}

function replaceFolder(fresh: string): void {
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
}

function removeOldBuilds(fresh: string): void {
  const builds = readdirSync(root).filter((name) => name.startsWith("dist.") && name < basename(fresh));
  for (const old of builds.sort().slice(0, 1 - BUILDS_KEPT)) rmSync(join(root, old), { recursive: true, force: true });
}

/** True when a source file or folder (a deleted file touches its folder) is newer than the build's start. */
function isStale(): boolean {
  const built = statSync(stamp, { throwIfNoEntry: false });
  return built === undefined || sources.some((source) => newest(join(root, source)) > built.mtimeMs);
}

function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
