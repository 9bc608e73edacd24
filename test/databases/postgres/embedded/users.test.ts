import { chown, cp, mkdir, readFile, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  embeddedStatus,
  removeEmbedded,
  startEmbedded,
  stopEmbedded,
} from "../../../../src/databases/postgres/embedded/embedded-postgres.ts";
import { canReach, findServerUser, isRoot } from "../../../../src/databases/postgres/embedded/server-user.ts";
import { query, startHolder, temporaryPlace } from "./holder-process.ts";

const purpose = "a test";
/** Processes are killed here, never the machine, so nothing need reach the disk. */
const settings = { fsync: "off" };
const usable = isRoot() && (await reachable());

/** Whether another user can run this project's code and Node: not in a clone under a closed home folder. */
async function reachable(): Promise<boolean> {
  const user = await findServerUser();
  return (await canReach(user, import.meta.dirname)) && (await canReach(user, process.execPath));
}

describe.runIf(isRoot())("as root", () => {
  test("the server runs as another user, and its data is closed to all but that user", async () => {
    await using place = await temporaryPlace(0o755);
    const lease = await startEmbedded({ folder: place.folder, purpose, settings });
    const { data, pid } = await embeddedStatus(place.folder);
    const user = await findServerUser();
    expect((await stat(data)).uid).toBe(user.uid);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect(data).toBe(join(place.folder, "data"));
    expect(await readFile(`/proc/${pid}/status`, "utf8")).toMatch(new RegExp(`^Uid:\\s+${user.uid}\\s`, "m"));
    await lease.release();
  });

  test("in a workspace that is closed to others the data goes where the server's user can reach it", async () => {
    await using place = await temporaryPlace(0o700);
    const first = await startEmbedded({ folder: place.folder, purpose, settings });
    await query(first.address, "create table kept as select 1 as one");
    const { data } = await embeddedStatus(place.folder);
    expect(data.startsWith("/var/lib/sluice/")).toBe(true);
    expect((await stat(dirname(data))).mode & 0o777).toBe(0o700);
    expect((await stat(join(place.folder, "password"))).uid).toBe(0);
    await first.release();
    const second = await startEmbedded({ folder: place.folder, purpose, settings });
    expect(await query(second.address, "select * from kept")).toEqual([{ one: 1 }]);
    await second.release();
    await removeEmbedded(place.folder);
    await expect(stat(dirname(data))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a moved workspace keeps its data, a copied one starts with its own", async () => {
    await using place = await temporaryPlace(0o700);
    const moved = join(place.root, "moved", "postgres");
    const copied = join(place.root, "copied", "postgres");
    await (await startEmbedded({ folder: place.folder, purpose, settings })).release();
    await stopEmbedded(place.folder);
    const { data } = await embeddedStatus(place.folder);
    await mkdir(dirname(moved));
    await rename(place.folder, moved);
    await (await startEmbedded({ folder: moved, purpose, settings })).release();
    await stopEmbedded(moved);
    expect((await embeddedStatus(moved)).data).toBe(data);
    await cp(moved, copied, { recursive: true });
    await (await startEmbedded({ folder: copied, purpose, settings })).release();
    expect((await embeddedStatus(copied)).data).not.toBe(data);
    await removeEmbedded(copied);
    expect((await stat(data)).isDirectory()).toBe(true);
    await removeEmbedded(moved);
  });

  test.runIf(usable)(
    "a server that a normal user made is used by root as that user, and both can stop it",
    async () => {
      await using place = await temporaryPlace(0o755);
      const user = await findServerUser();
      await chown(place.root, user.uid, user.gid);
      const holder = startHolder(place.folder, { uid: user.uid, gid: user.gid });
      const address = await holder.address;
      const lease = await startEmbedded({ folder: place.folder, purpose, settings });
      expect(lease.address).toEqual(address);
      await lease.release();
      await holder.finish();
      expect((await embeddedStatus(place.folder)).state).toMatch(/^stopp/);
      const again = await startEmbedded({ folder: place.folder, purpose, settings });
      await again.release();
      await stopEmbedded(place.folder);
      const last = startHolder(place.folder, { uid: user.uid, gid: user.gid });
      expect((await last.address).password).toBe(address.password);
      await last.finish();
    },
  );

  test.runIf(usable)("a normal user who meets root's server is told whose it is", async () => {
    await using place = await temporaryPlace(0o755);
    await (await startEmbedded({ folder: place.folder, purpose, settings })).release();
    const { uid, gid } = await findServerUser();
    await expect(startHolder(place.folder, { uid, gid }).address).rejects.toThrow(/another user/);
  });
});
