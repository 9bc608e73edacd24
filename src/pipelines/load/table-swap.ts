import pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import { quoteIdentifier } from "../../databases/postgres/identifiers.ts";
import { listDependents, type TableDescription } from "../../databases/postgres/introspect.ts";
import { restoreSql } from "../../databases/postgres/restore-features.ts";
import { analyseRoughly } from "../../databases/postgres/statistics.ts";
import { readFeatures, type TableFeatures } from "../../databases/postgres/table-features.ts";
import type { BuiltTable } from "./built-table.ts";
import type { LoadTarget } from "./load-target.ts";

/*
 * A table that has been filled takes the target's place, with everything that people have made of the target. Whether
 * it is all there is not taken for granted: what the catalogue says afterwards must be what it said before.
 */

/** Why a table cannot take the other's place without loss; thrown inside, never seen outside. */
class SwapRefused {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** For those who asked for a swap and nothing else. */
export function swapRefused(table: string, reason: string): SluiceError {
  const message = `replacing ${table}: another table cannot take its place: ${reason}. Unset the stream's \`replace_by\`, or set it to rewrite, to have the rows exchanged instead.`;
  return new SluiceError("schema_unsupported", message, { details: { reason } });
}

const SAVEPOINT = "sluice_swap";

/**
 * Runs in the final transaction. Returns undefined when it is done, or why it was not: then nothing has changed.
 * Indexes are made before the target is locked, so that its readers wait for a few statements only.
 */
export async function swapTables(
  client: pg.Client,
  target: LoadTarget,
  built: BuiltTable,
): Promise<string | undefined> {
  const old = target.existing;
  await client.query(`savepoint ${SAVEPOINT}`);
  try {
    if (old !== undefined) await takeOver(client, target, built, old);
    await analyseRoughly(client, built.quoted);
    await target.takeTurns(client);
    if (old === undefined) await assertSameTable(client, target, old);
    else await dropOld(client, target, old);
    await move(client, target, built);
    await target.ensureKey(client);
    await client.query(`release ${SAVEPOINT}`);
    target.analysed = true;
    return undefined;
  } catch (error) {
    const reason = reasonOf(error);
    const noWayRound = target.existing === undefined || (isLockTimeout(error) && target.plan.replace_by === "swap");
    if (reason === undefined || noWayRound)
      throw error instanceof SwapRefused ? swapRefused(target.label, error.reason) : error;
    await client.query(`rollback to ${SAVEPOINT}; release ${SAVEPOINT}`);
    return reason;
  }
}

/** The built table gets all that the old one has, except its rows and the columns that the stream has left behind. */
async function takeOver(client: pg.Client, target: LoadTarget, built: BuiltTable, old: TableDescription) {
  await assertFree(client, old.oid);
  const wanted = withoutLeftColumns(await readFeatures(client, old.oid), target);
  const present = await readFeatures(client, built.oid);
  assertSameOrder(wanted, present);
  for (const sql of restoreSql(wanted, present, built.quoted)) await client.query(sql);
  const restored = await readFeatures(client, built.oid);
  const difference = firstDifference(wanted, restored);
  if (difference !== undefined) throw new SwapRefused(`its ${difference} cannot be given to another table`);
}

async function dropOld(client: pg.Client, target: LoadTarget, old: TableDescription): Promise<void> {
  const before = await readFeatures(client, old.oid);
  await target.lock(client);
  await assertSameTable(client, target, old);
  if (firstDifference(before, await readFeatures(client, old.oid)) !== undefined) throw changedMeanwhile();
  await assertFree(client, old.oid);
  await client.query(`drop table ${target.quoted}`);
}

async function assertSameTable(client: pg.Client, target: LoadTarget, old: TableDescription | undefined) {
  await target.look(client);
  if (target.existing?.oid !== old?.oid) throw changedMeanwhile();
}

function changedMeanwhile(): SwapRefused {
  return new SwapRefused("it was made or changed in the meantime");
}

async function move(client: pg.Client, target: LoadTarget, built: BuiltTable): Promise<void> {
  await client.query(`alter table ${built.quoted} set schema ${quoteIdentifier(target.namespace)}`);
  const moved = `${quoteIdentifier(target.namespace)}.${quoteIdentifier(built.name)}`;
  await client.query(`alter table ${moved} rename to ${quoteIdentifier(target.table)}`);
}

async function assertFree(client: pg.Client, oid: number): Promise<void> {
  const dependents = await listDependents(client, oid);
  if (dependents.length > 0) throw new SwapRefused(`${dependents.slice(0, MOST_NAMED).join(", ")} would be lost`);
}

/** Enough to see what it is about. */
const MOST_NAMED = 5;

/** A full refresh makes the columns anew: those that an earlier load made and this one has not are not kept. */
function withoutLeftColumns(features: TableFeatures, target: LoadTarget): TableFeatures {
  const left = new Set(target.leftColumns);
  if (left.size === 0) return features;
  return { ...features, columns: features.columns.filter(({ name }) => !left.has(name)) };
}

/** Programs that read columns by their place must find them there. What the built table has yet to get comes last. */
function assertSameOrder(wanted: TableFeatures, present: TableFeatures): void {
  const [names, there] = [wanted, present].map(({ columns }) => columns.map(({ name }) => name)) as [
    string[],
    string[],
  ];
  const places = [...there, ...names.filter((name) => !there.includes(name))];
  const inOrder = names.every((name, i) => i === 0 || places.indexOf(names[i - 1] as string) < places.indexOf(name));
  if (!inOrder) throw new SwapRefused("its columns are in another order");
}

/** The first of the features that is not the same; columns that only the new table has do not count, nor do wider types. */
function firstDifference(wanted: TableFeatures, present: TableFeatures): string | undefined {
  const names = new Set(wanted.columns.map(({ name }) => name));
  const plain = (features: TableFeatures) => {
    const columns = features.columns.filter(({ name }) => names.has(name)).map((it) => ({ ...it, type: "" }));
    return { ...features, columns: columns.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  };
  const [a, b] = [plain(wanted), plain(present)];
  const keys = Object.keys(a) as (keyof TableFeatures)[];
  return keys.find((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}

/** Rows can be exchanged without keeping readers out. Where that is not wanted, another attempt may have more luck. */
function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "55P03";
}

/** What the server refuses to do for one table it may do for the other; a broken connection is no such thing. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof SwapRefused) return error.reason;
  const isRefusal = error instanceof pg.DatabaseError && /^(0A|22|23|42|2B|2F|55)/.test(error.code ?? "");
  return isRefusal ? error.message : undefined;
}
