import { chmod, stat } from "node:fs/promises";
import { formatCount } from "../../core/count-text.ts";
import { SluiceError } from "../../core/errors.ts";
import { ensureIds, readConfig } from "../../workspace/config-file.ts";
import { readSecrets } from "../../workspace/secrets-file.ts";
import type { Check, Finding } from "./finding.ts";

export const checkConfig: Check = async (subject, fix) => {
  const workspace = await subject.workspace();
  const { connections, warnings } = await readConfig(workspace);
  if (fix) await ensureIds(workspace);
  const message = `${workspace.paths.config}: ${formatCount(connections.length, "connection")}`;
  const older = warnings.map((warning): Finding => ({ check: "config", outcome: "warning", message: warning }));
  return [{ check: "config", outcome: "ok", message }, ...older];
};

export const checkSecrets: Check = async (subject, fix) => {
  const workspace = await subject.workspace();
  const path = workspace.paths.secrets;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    return [{ check: "secrets", outcome: "ok", message: `${path} does not exist; none are needed yet` }];
  try {
    await readSecrets(workspace);
    return [{ check: "secrets", outcome: "ok", message: `${path} can be read, by its owner alone` }];
  } catch (error) {
    if (!fix || !(error instanceof SluiceError) || error.code !== "secrets_exposed") throw error;
    await chmod(path, 0o600);
    await readSecrets(workspace);
    return [{ check: "secrets", outcome: "fixed", message: `${path} can now be read by its owner alone` }];
  }
};
