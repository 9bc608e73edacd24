import { expect } from "vitest";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { aftermathOf, NO_TRACES } from "./aftermath.ts";
import { differenceBetween, NO_DIFFERENCE } from "./comparison.ts";
import { type CrashWorkspace, crashWorkspace, type WorkspaceOptions } from "./crash-workspace.ts";
import { runToEnd } from "./program.ts";
import type { CrashSource, Mode } from "./sources/crash-source.ts";
import { fileSource } from "./sources/file-source.ts";

export interface Scene<S extends CrashSource = CrashSource> extends AsyncDisposable {
  db: FreshDatabase;
  ws: CrashWorkspace;
  source: S;
  /** New rows at the source. */
  nextRound(): Promise<void>;
  /**
   * Runs the attacked connection until it succeeds, and once more, then the one that nobody has attacked: their tables
   * must be the same, and nothing may be left behind; `others` are more workspaces with the same connections.
   */
  expectExact(...others: string[]): Promise<void>;
}

export interface SceneOptions<S extends CrashSource> extends Partial<Omit<WorkspaceOptions, "source">> {
  source: S;
  mode: Mode;
  /** Rows that each round adds; a few checkpoints unless given. */
  rows?: number;
  /** Loads into this database of the same server. Then the test compares. */
  database?: string;
  /** The way to the server, if not the direct one. */
  via?: { host: string; port: number };
}

const ROWS = 6_000;

/** A source with one round that has been loaded, and another one that has not. */
export async function sceneOf<S extends CrashSource>(options: SceneOptions<S>): Promise<Scene<S>> {
  const { source, mode, rows = ROWS } = options;
  const db = await freshDatabase();
  const { address = db.address, via = {} } = options;
  const ws = await crashWorkspace({
    ...options,
    address: { ...address, ...via, database: options.database ?? address.database },
  });
  let round = 0;
  const nextRound = () => source.writeRound(mode, { number: round++, rows });
  await nextRound();
  await runToEnd(ws.root, "killed");
  await nextRound();
  return {
    ...{ db, ws, source, nextRound },
    async expectExact(...others) {
      await runToEnd(ws.root, "killed");
      await runToEnd(ws.root, "killed");
      await runToEnd(ws.root, "reference");
      expect(await differenceBetween(db.client, "killed", "reference")).toEqual(NO_DIFFERENCE);
      expect(await aftermathOf(db.client, ws.root, ...others)).toEqual(NO_TRACES);
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await ws[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

export async function fileScene(mode: Mode, options: Partial<SceneOptions<CrashSource>> = {}): Promise<Scene> {
  return sceneOf({ ...options, source: await fileSource(), mode });
}
