import { randomBytes } from "node:crypto";
import { access, constants, mkdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeFileAtomic } from "../../../system/atomic-file.ts";
import { canReach, findServerUser, isRoot, ownerOf, type ServerUser } from "./server-user.ts";

/**
 * Where an embedded Postgres keeps its things. `folder` is the workspace's and holds what Sluice itself reads; `home`
 * holds what the server needs. They are the same unless root started it and the server's user cannot reach `folder`.
 */
export interface EmbeddedPlace {
  folder: string;
  home: string;
  data: string;
  log: string;
  /** Where copies of the server's programs go if they are needed. */
  cache: string;
  leases: string;
  hold: string;
  /** Holds the pid of a server that was told to stop. */
  stopping: string;
  /** Holds the port of the last start, which is kept if it can be. */
  port: string;
  password: string;
  /** Who runs the server, when that is not us. */
  user: ServerUser | undefined;
}

/** Homes of servers that root starts for workspaces that their user cannot reach. */
const SYSTEM_FOLDER = "/var/lib/sluice";

interface Location {
  home: string;
  /** The folder it was made for: tells a copied workspace from a moved one. */
  folder: string;
}

/** Makes the folder and returns its real path. Throws the system's error where it is closed to us. */
export async function prepareFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: isRoot() ? 0o755 : 0o700 });
  const real = await realpath(folder);
  await access(real, constants.R_OK | constants.W_OK | constants.X_OK);
  return real;
}

/** The path whose lock guards everything here. */
export function lockPath(folder: string): string {
  return join(folder, "server");
}

/** Decides where everything is, and makes the home. Call it with the lock held. */
export async function openEmbeddedPlace(folder: string): Promise<EmbeddedPlace> {
  const known = await knownHome(folder);
  const user = isRoot() ? await userFor(known) : undefined;
  const home = known ?? (user === undefined || (await canReach(user, folder)) ? folder : await makeSystemHome(folder));
  await mkdir(home, { recursive: true, mode: 0o755 });
  return placeAt(folder, home, user);
}

/** Where everything is, without making anything; undefined where nothing has been made yet. */
export async function findEmbeddedPlace(folder: string): Promise<EmbeddedPlace | undefined> {
  if (!(await exists(folder))) return undefined;
  const real = await realpath(folder);
  const known = await knownHome(real);
  return known === undefined ? undefined : placeAt(real, known, isRoot() ? await userFor(known) : undefined);
}

async function knownHome(folder: string): Promise<string | undefined> {
  return (await readLocation(folder)) ?? ((await exists(join(folder, "data"))) ? folder : undefined);
}

/** A normal user's data stays that user's, also when root uses it. */
async function userFor(home: string | undefined): Promise<ServerUser> {
  const data = home === undefined ? undefined : join(home, "data");
  const owner = data !== undefined && (await exists(data)) ? await ownerOf(data) : undefined;
  return owner ?? findServerUser();
}

function placeAt(folder: string, home: string, user: ServerUser | undefined): EmbeddedPlace {
  return {
    folder,
    home,
    user,
    data: join(home, "data"),
    log: join(home, "server.log"),
    cache: isRoot() ? SYSTEM_FOLDER : home,
    leases: join(folder, "leases"),
    hold: join(folder, "hold"),
    stopping: join(folder, "stopping"),
    port: join(folder, "port"),
    password: join(folder, "password"),
  };
}

/** The home that was chosen before. A copy of a workspace does not share the original's. */
async function readLocation(folder: string): Promise<string | undefined> {
  const location = await parseLocation(folder);
  if (location === undefined || location.folder === folder) return location?.home;
  const original = await parseLocation(location.folder);
  if (original?.home === location.home) return undefined;
  await writeLocation(folder, location.home);
  return location.home;
}

async function parseLocation(folder: string): Promise<Location | undefined> {
  const text = await readFile(join(folder, "location.json"), "utf8").catch((error: NodeJS.ErrnoException) => {
    // Anything but a missing file must not pass for one: a new, empty server would stand in for the data.
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
  return text === undefined ? undefined : (JSON.parse(text) as Location);
}

/** Named after the workspace for people, and at random so that a folder made anew never finds the data of an old one. */
async function makeSystemHome(folder: string): Promise<string> {
  const workspace = basename(dirname(dirname(folder))).replace(/[^\w.-]/g, "_") || "workspace";
  const home = join(SYSTEM_FOLDER, `${workspace}-${randomBytes(4).toString("hex")}`);
  await writeLocation(folder, home);
  return home;
}

async function writeLocation(folder: string, home: string): Promise<void> {
  const location: Location = { home, folder };
  await writeFileAtomic(join(folder, "location.json"), `${JSON.stringify(location, null, 2)}\n`);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
