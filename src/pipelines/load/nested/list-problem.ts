import type { StreamPlan } from "../plan.ts";
import { refusalOf } from "../row-encoder.ts";
import { isObjectList, MAX_DEPTH, type ObjectList } from "./lists.ts";

/** What in a list would refuse its row whatever the columns are, and where; undefined when there is nothing. */
export function problemIn(field: string, list: ObjectList, nul: StreamPlan["nul"]): string | undefined {
  return look(field, list, nul, []);
}

function look(field: string, list: ObjectList, nul: StreamPlan["nul"], above: readonly string[]): string | undefined {
  for (const [i, item] of list.entries()) {
    const place = [...above, `row ${i + 1} of ${field}`];
    for (const key of Object.keys(item)) {
      const value = item[key];
      if (place.length < MAX_DEPTH && isObjectList(value)) {
        const inner = look(key, value, nul, place);
        if (inner !== undefined) return inner;
        continue;
      }
      const refusal = refusalOf(key, value, nul);
      if (refusal !== undefined) return `in ${place.join(", ")}: ${refusal}`;
    }
  }
  return undefined;
}
