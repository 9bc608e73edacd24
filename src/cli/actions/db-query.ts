import { formatCount } from "../../core/count-text.ts";
import { SluiceError } from "../../core/errors.ts";
import { type QueryAnswer, queryDestination } from "../../databases/postgres/query.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { readAllInput } from "../input-stream.ts";
import { openDestination } from "../open-destination.ts";
import { formatTable } from "../table.ts";
import { chosenDestination } from "./db.ts";

const SHOWN_BY_DEFAULT = 100;

export async function runQuery(context: CommandContext, input: CommandInput): Promise<Answer> {
  const given = input.argument("sql");
  const sql = given === "-" ? await readAllInput(context.io.stdin) : given;
  if (sql.trim() === "") throw new SluiceError("usage", "The query is empty.");
  const limit = input.count("limit") ?? SHOWN_BY_DEFAULT;
  await using destination = await openDestination(context, await chosenDestination(context, input));
  const answer = await queryDestination(destination.address, sql, { write: input.flag("write"), limit });
  if (answer.more) context.say(`There are more rows than the ${limit} shown; --limit 0 shows all.`);
  return { data: { destination: destination.name, ...answer }, text: textOf(answer) };
}

/** Numbers stand to the right, as in every table; null and the empty text can be told from other values. */
export function textOf({ columns, rows, affected }: QueryAnswer): string {
  if (columns.length === 0) return affected === null ? "Done." : `Done: ${formatCount(affected, "row")}.`;
  const numeric = columns.map((_, index) => rows.every((row) => /^-?\d+(\.\d+)?$/.test(row[index] ?? "0")));
  const shown = rows.map((row) => row.map((value) => (value === "" ? '""' : (value ?? "null"))));
  const heads = columns.map((title, index) => ({
    title,
    verbatim: true,
    align: numeric[index] ? ("right" as const) : ("left" as const),
  }));
  return formatTable(heads, shown);
}
