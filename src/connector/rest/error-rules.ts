import type { HttpAnswer, HttpJudge } from "../http/http-client.ts";
import { readPaths } from "../http/json-path.ts";
import type { ErrorRule } from "./stream-options.ts";

/** What became of a request whose answer a rule says to ignore: it fails, and whoever asked knows why. */
export interface Ignored {
  rule?: ErrorRule | undefined;
  status?: number;
}

/** A child of a parent that is gone by now is no failure. */
export const MISSING_CHILD: ErrorRule = { status: 404, action: "ignore" };

/** Judges answers by the rules, the first that fits. Undefined without rules, so that nothing is looked at. */
export function judgeBy(rules: readonly ErrorRule[], ignored: Ignored): HttpJudge | undefined {
  if (rules.length === 0) return undefined;
  return (answer) => {
    const rule = rules.find((one) => fits(one, answer));
    if (rule === undefined) return undefined;
    const reason = rule.message === undefined ? {} : { reason: rule.message };
    if (rule.action === "retry") return { action: "retry", ...reason };
    if (rule.action === "fail") {
      const code = rule.code === undefined ? failureCode(answer) : { code: rule.code };
      return { action: "fail", ...code, ...reason };
    }
    ignored.rule = rule;
    ignored.status = answer.status;
    return { action: "fail", code: "source_not_found", ...reason };
  };
}

/** A rule may say more about a 401 than that it is one, but not that other credentials would not help. */
function failureCode({ status }: HttpAnswer): { code?: "credentials_rejected" | "source_not_found" } {
  if (status === 401 || status === 403) return { code: "credentials_rejected" };
  return status === 404 ? { code: "source_not_found" } : {};
}

function fits({ status, body }: ErrorRule, answer: HttpAnswer): boolean {
  if (status !== undefined && ![status].flat().includes(answer.status)) return false;
  if (body === undefined) return true;
  const { equals, matches } = body;
  const found = readPaths(answer.json(), body.path).filter((value) => value !== null);
  if (equals !== undefined) return equals === null ? found.length === 0 : found.includes(equals);
  if (matches !== undefined) {
    const pattern = new RegExp(matches);
    return found.some((value) => typeof value === "string" && pattern.test(value));
  }
  return found.length > 0;
}
