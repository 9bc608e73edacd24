import type { Check } from "./finding.ts";

const RECOMMENDED_MAJOR = 24;

export const checkNode: Check = async () => {
  const { version } = process;
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major >= RECOMMENDED_MAJOR) return [{ check: "node", outcome: "ok", message: version }];
  const remedy = `Install Node ${RECOMMENDED_MAJOR}.`;
  return [
    { check: "node", outcome: "warning", message: `${version} works, but is not what Sluice is tested on`, remedy },
  ];
};
