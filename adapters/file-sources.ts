import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Person, personsById } from "./people.ts";
import type { PersonSource } from "./person-source.ts";

/** `people.jsonl` in a folder of its own. */
export function jsonLinesSource(): Promise<PersonSource & { folder: string }> {
  return fileSource("people.jsonl", (people) =>
    people.map((one) => `${JSON.stringify({ ...one, amount: Number(one.amount) })}\n`).join(""),
  );
}

/** `people.singer` in a folder of its own: messages of a tap. */
export function messagesSource(): Promise<PersonSource & { folder: string }> {
  const properties = {
    ...{ id: { type: "integer" }, name: { type: "string" }, amount: { type: "number" } },
    ...{ note: { type: ["null", "string"] }, seq: { type: "integer" } },
  };
  const schema = { type: "SCHEMA", stream: "people", schema: { properties }, key_properties: ["id"] };
  return fileSource("people.singer", (people) => {
    const records = people.map((one) => ({
      ...{ type: "RECORD", stream: "people", record: { ...one, amount: Number(one.amount) } },
    }));
    return [schema, ...records].map((message) => `${JSON.stringify(message)}\n`).join("");
  });
}

/** `people.csv` in a folder of its own. What is null is an empty field, which reads as empty text. */
export function csvSource(): Promise<PersonSource & { folder: string }> {
  const field = (value: unknown) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const line = (values: readonly unknown[]) => `${values.map(field).join(",")}\r\n`;
  const names = ["id", "name", "amount", "note", "seq"];
  const text = (people: readonly Person[]) =>
    line(names) + people.map(({ id, name, amount, note, seq }) => line([id, name, amount, note, seq])).join("");
  return fileSource("people.csv", text, (one) => ({ ...one, note: one.note ?? "" }));
}

async function fileSource(
  file: string,
  text: (people: readonly Person[]) => string,
  asRead: (person: Person) => Person = (one) => one,
): Promise<PersonSource & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-adapter-files-"));
  let all: readonly Person[] = [];
  return {
    folder,
    async write(people) {
      all = personsById([...all, ...people]);
      await writeFile(join(folder, file), text(all));
    },
    read: async () => all.map(asRead),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
