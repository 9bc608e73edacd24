import { useEffect, useMemo, useRef, useState } from "react";
import type { LogLine } from "../../../runs/log-lines.ts";
import { useStore } from "../../state/store.ts";
import { useRemembered } from "../../state/visit-context.ts";
import { type LogSource, type LogView, openLog } from "./log-source.ts";

export interface Log {
  view: LogView;
  source: LogSource;
  /** The lines of the window that have been read; the first of them is number `top`. */
  lines: readonly (LogLine | undefined)[];
  top: number;
  index: number;
  selected: LogLine | undefined;
  isFollowing: boolean;
  /** Lines that have come since the end was left. */
  news: number;
  moveTo(index: number): void;
  follow(): void;
  /** Goes to the next error, or to the one before; false when there is none. One jump begins where the last one ended. */
  jump(step: 1 | -1): Promise<boolean>;
}

interface Spot {
  index: number;
  top: number;
  /** The end, wherever that is. */
  isFollowing: boolean;
  /** Lines there were when the end was left. */
  seen: number | undefined;
}

export interface LogOptions {
  path: string;
  filter: string;
  height: number;
  /** Begin at the end, and stay there. */
  isLive: boolean;
}

/** A window of a log: where one is in it, and its lines. What lies a window above and below is read beforehand. */
export function useLog({ path, filter, height, isLive }: LogOptions): Log {
  const [spot, setSpot] = useRemembered<Spot>("spot", { index: 0, top: 0, isFollowing: isLive, seen: undefined });
  const source = useSource(path, filter);
  const view = useStore(source);
  const last = Math.max(0, view.count - 1);
  const index = spot.isFollowing ? last : Math.min(spot.index, last);
  const top = windowTop(spot.isFollowing ? index : spot.top, { index, count: view.count, height });
  const cache = useCache(source, { top, height, count: view.count });
  const anchor = useRef<number>(undefined);
  const selected = cache.get(index);
  if (selected !== undefined) anchor.current = selected.offset;
  // Another filter keeps the event that was selected, or goes to the next that there is.
  const before = useRef(source);
  useEffect(() => {
    if (before.current === source || !view.isCaughtUp) return;
    before.current = source;
    if (anchor.current === undefined || spot.isFollowing) return;
    void source.numberFrom(anchor.current).then((found) => setSpot((at) => ({ ...at, index: found, top: found })));
  });
  const goTo = (next: number, count: number) => {
    const stays = next === last && spot.isFollowing;
    const seen = spot.isFollowing && !stays ? view.count : spot.seen;
    setSpot({ index: next, top: windowTop(top, { index: next, count, height }), isFollowing: stays, seen });
  };
  const moveTo = (wanted: number) => goTo(Math.min(Math.max(wanted, 0), last), view.count);
  const lines = Array.from({ length: Math.min(height, view.count - top) }, (_, offset) => cache.get(top + offset));
  const news = spot.isFollowing || spot.seen === undefined ? 0 : Math.max(0, view.count - spot.seen);
  const follow = () => setSpot({ index: last, top, isFollowing: true, seen: undefined });
  // A jump may land beyond the lines that are counted so far.
  const landOn = (line: number) => goTo(line, Math.max(view.count, line + 1));
  const jump = useJump({ index: spot.isFollowing ? last : spot.index, source, landOn });
  return { jump, view, source, lines, top, index, selected, isFollowing: spot.isFollowing, news, moveTo, follow };
}

/** Looking takes a while, in which the key may be pressed again. */
function useJump(now: Pick<Log, "index" | "source"> & { landOn(line: number): void }): Log["jump"] {
  const latest = useRef(now);
  // Where the last jump has landed, until that is drawn: something else may be drawn before.
  const landed = useRef<number>(undefined);
  if (latest.current.index !== now.index) landed.current = undefined;
  latest.current = now;
  const jumps = useRef<Promise<unknown>>(Promise.resolve());
  return (step) => {
    const jumped = jumps.current.then(async () => {
      const { source, index } = latest.current;
      const found = await source.findError(landed.current ?? index, step);
      if (found === undefined) return false;
      landed.current = found;
      latest.current.landOn(found);
      return true;
    });
    jumps.current = jumped.catch(() => {});
    return jumped;
  };
}

function windowTop(wanted: number, { index, count, height }: { index: number; count: number; height: number }): number {
  const lowest = Math.max(0, index - height + 1);
  return Math.min(Math.max(Math.min(wanted, index, Math.max(0, count - height)), lowest), Math.max(0, count - 1));
}

function useSource(path: string, filter: string): LogSource {
  const source = useMemo(() => openLog(path, filter), [path, filter]);
  useEffect(() => () => source.close(), [source]);
  return source;
}

interface Wanted {
  top: number;
  height: number;
  count: number;
}

/** Windows that are read at once, the one on the screen in their middle. */
const WINDOWS = 5;

/**
 * The lines around the window by their numbers. Those of the next page are read before it is asked for, which draws
 * nothing; only where lines are missing on the screen is it drawn again when they are there.
 */
function useCache(source: LogSource, { top, height, count }: Wanted): ReadonlyMap<number, LogLine> {
  const cached = useRef<{ of: LogSource; lines: ReadonlyMap<number, LogLine> }>(undefined);
  const [, drawAgain] = useState({});
  const lines = cached.current?.of === source ? cached.current.lines : NOTHING;
  const lacks = (from: number, to: number) => {
    for (let at = Math.max(0, from); at < Math.min(to, count); at++) if (!lines.has(at)) return true;
    return false;
  };
  const isMissing = lacks(top, top + height);
  const isNear = isMissing || lacks(top - height, top + 2 * height);
  // A longer file is a reason to read again what could not be read before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above, of a longer file.
  useEffect(() => {
    if (!isNear) return;
    let isWanted = true;
    const first = Math.max(0, top - height * Math.floor(WINDOWS / 2));
    void source
      .read(first, height * WINDOWS)
      .catch(() => [])
      .then((read) => {
        if (!isWanted) return;
        cached.current = { of: source, lines: new Map(read.map((line, at) => [first + at, line])) };
        if (isMissing) drawAgain({});
      });
    return () => {
      isWanted = false;
    };
  }, [source, isMissing, isNear, top, height, count]);
  return lines;
}

const NOTHING: ReadonlyMap<number, LogLine> = new Map();
