import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { editInEditor } from "../../system/editor.ts";
import type { Session } from "../session.ts";
import { askChoice } from "./ask-choice.tsx";

export interface EditedValue {
  /** Names the file, so that the editor's title says what is edited. */
  name: string;
  value: JsonValue;
  /** What is wrong with the new value; undefined when it can be taken. */
  problemOf(value: JsonValue): string | undefined;
}

/**
 * Opens a value as JSON in the user's editor, again for as long as it is wrong and they want to. Resolves to the new
 * value, or to undefined when nothing was changed. Only the owner may read the file, which is gone afterwards.
 */
export async function editValue(
  session: Session,
  { name, value, problemOf }: EditedValue,
): Promise<JsonValue | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-edit-"));
  try {
    const file = join(folder, `${name}.json`);
    const before = `${JSON.stringify(value, undefined, 2)}\n`;
    await writeFile(file, before, { mode: 0o600 });
    for (;;) {
      await session.terminal.lend(() => editInEditor(file, session.host.env));
      const text = await readFile(file, "utf8");
      if (text === before) return undefined;
      const { edited, problem } = parse(text, problemOf);
      if (problem === undefined) return edited;
      if ((await askAgain(session, problem)) !== true) return undefined;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As `problemOf`, for a value that must be an object. */
export function objectProblem(
  value: JsonValue,
  problemOf: (object: JsonObject) => string | undefined,
): string | undefined {
  return isJsonObject(value) ? problemOf(value) : "It must be a JSON object.";
}

function parse(
  text: string,
  problemOf: EditedValue["problemOf"],
): { edited?: JsonValue; problem?: string | undefined } {
  try {
    const edited = JSON.parse(text) as JsonValue;
    return { edited, problem: problemOf(edited) };
  } catch (error) {
    return { problem: `It is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function askAgain(session: Session, problem: string): Promise<boolean | undefined> {
  return askChoice(session, {
    title: "What you wrote cannot be taken",
    lines: session.redactor.text(problem).split("\n"),
    choices: [
      { key: "E", title: "edit again", help: "Open it again, as you wrote it.", value: true },
      { key: "n", title: "give up", help: "Drop what you wrote; everything stays as it was.", value: false },
    ],
  });
}
