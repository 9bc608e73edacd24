import { SluiceError } from "../core/errors.ts";
import type { CommandContext } from "./command.ts";

export interface Confirmation {
  /** What will happen, in full sentences. */
  what: string;
  /** What a person types to say yes: the name of the thing that is at stake. */
  answer: string;
  /** Whether --yes was given. */
  yes: boolean;
}

/** Says what is about to happen and goes on only when somebody meant it: by typing the name, or with --yes. */
export async function confirm(context: CommandContext, { what, answer, yes }: Confirmation): Promise<void> {
  if (yes) return;
  if (!context.prompt.available) {
    throw new SluiceError("confirmation_required", `${what} Nothing was done. Add --yes to confirm it.`);
  }
  context.say(what);
  const typed = await context.prompt.ask(`Type "${answer}" to go on`, "--yes");
  if (typed !== answer) throw new SluiceError("confirmation_required", "That was something else: nothing was done.");
}
