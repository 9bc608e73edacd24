import type { Check } from "./check.ts";

/** Why a connector need not keep to a check, by the check's title. */
export type Waivers = Readonly<Record<string, string>>;

/** A check that is waived must fail, or the waiver is stale; a waiver of a check that there is not is one too. */
export function applyWaivers(checks: readonly Check[], waivers: Waivers): Check[] {
  const titles = checks.map(({ title }) => title);
  const unknown = Object.keys(waivers).filter((title) => !titles.includes(title));
  return [
    ...checks.map((check) => {
      const reason = waivers[check.title];
      return reason === undefined ? check : waived(check, reason);
    }),
    ...unknown.map((title) => stale(`waives only what there is: ${title}`, "there is no such check")),
  ];
}

function waived({ title, run }: Check, reason: string): Check {
  return {
    title: `is waived: ${title} (${reason})`,
    async run() {
      if (reason.trim() === "") throw new Error("a waiver needs a reason");
      const kept = await run().then(
        () => true,
        () => false,
      );
      if (kept) throw new Error("the check passes: take the waiver out");
    },
  };
}

function stale(title: string, problem: string): Check {
  return {
    title,
    run: async () => {
      throw new Error(problem);
    },
  };
}
