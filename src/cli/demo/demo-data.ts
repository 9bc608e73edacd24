import { appendFile, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { SluiceError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** One of the data sets, as its publisher describes it. */
export interface DataSet {
  file: string;
  source: string;
  licence: string;
}

/** Reported in the order of time, so that its last rows can arrive later, as they once did. */
const GROWING_FILE = "birdstrikes.csv";
const ROWS_THAT_ARRIVE_LATER = 1_000;

export interface DemoData {
  sets: DataSet[];
  /** Lets the rows arrive that were held back; returns how many. */
  grow(): Promise<number>;
}

/** Lays the data files into a folder, with the last rows of one of them held back. */
export async function layOutData(root: string, folder: string, files: readonly string[]): Promise<DemoData> {
  const origin = findDataPackage(root);
  await mkdir(folder, { recursive: true });
  for (const file of files) await copyFile(join(origin, "data", file), join(folder, file));
  const growing = join(folder, GROWING_FILE);
  const lines = (await readFile(growing, "utf8")).replace(/\n?$/, "\n").match(/[^\n]*\n/g) ?? [];
  const late = lines.slice(-ROWS_THAT_ARRIVE_LATER);
  await writeFile(growing, lines.slice(0, -ROWS_THAT_ARRIVE_LATER).join(""));
  return {
    sets: await describe(origin, files),
    async grow() {
      await appendFile(growing, late.join(""));
      return late.length;
    },
  };
}

function findDataPackage(root: string): string {
  try {
    const description = findPackageJSON("vega-datasets", pathToFileURL(join(root, "package.json")));
    if (description !== undefined) return dirname(description);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
  }
  const message =
    "preparing the demo: its data is not installed. It comes with the package vega-datasets: `npm install vega-datasets`.";
  throw new SluiceError("source_not_found", message);
}

async function describe(origin: string, files: readonly string[]): Promise<DataSet[]> {
  const description: unknown = JSON.parse(await readFile(join(origin, "datapackage.json"), "utf8"));
  if (!isJsonObject(description)) return [];
  const resources = listOf(description.resources).filter(isJsonObject);
  return files.map((file) => {
    const resource = resources.find(({ path }) => path === file) ?? {};
    return {
      file,
      source: titles(resource.sources),
      licence: titles(resource.licenses) || titles(description.licenses),
    };
  });
}

function titles(list: JsonValue | undefined): string {
  const named = listOf(list).filter(isJsonObject);
  return named.map((entry: JsonObject) => String(entry.title ?? entry.name ?? "")).join(", ");
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The files that the connections of a config read. */
export function filesOf(paths: readonly unknown[]): string[] {
  return paths.filter((path) => typeof path === "string").map((path) => basename(path));
}
