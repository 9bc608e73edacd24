import { useEffect, useState } from "react";
import { useSession } from "../session-context.ts";

/** The time, anew every `every_ms`. Nothing ticks while `every_ms` is undefined. */
export function useNow(every_ms: number | undefined): number {
  const { clock } = useSession();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    if (every_ms === undefined) return;
    const timer = setInterval(() => setNow(clock.now()), every_ms);
    return () => clearInterval(timer);
  }, [clock, every_ms]);
  return now;
}
