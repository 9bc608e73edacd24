import { useCallback, useEffect, useRef, useState } from "react";
import { loadRegistry } from "../../../connector/registry.ts";
import type { Finding } from "../../../runner/doctor/finding.ts";
import { findings } from "../../../runner/doctor/findings.ts";
import { useSession } from "../../session-context.ts";

export interface Examined {
  found: readonly Finding[];
  isRunning: boolean;
  /** Looks at everything again; with `fix` it mends what can be mended. */
  examine(fix: boolean): Promise<void>;
}

/** Everything that can be checked, told of as it is found. */
export function useFindings(): Examined {
  const { workspace, host, config, secrets } = useSession();
  const [state, setState] = useState<Omit<Examined, "examine">>({ found: [], isRunning: true });
  const latest = useRef(0);
  const examine = useCallback(
    async (fix: boolean) => {
      const turn = ++latest.current;
      const show = (found: readonly Finding[], isRunning: boolean) => {
        if (latest.current === turn) setState({ found, isRunning });
      };
      show([], true);
      const subject = {
        workspace: async () => workspace,
        registry: async () => loadRegistry({ ...host.connectors, workspace: workspace.paths.connectors }),
      };
      const found = await findings(subject, { fix, onFindings: (soFar) => show(soFar, true) });
      show(found, false);
      if (fix) await Promise.all([config.reload(), secrets.reload()]);
    },
    [workspace, host, config, secrets],
  );
  useEffect(() => {
    void examine(false);
    return () => {
      latest.current = -1;
    };
  }, [examine]);
  return { ...state, examine };
}
